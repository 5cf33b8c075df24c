// What the admin port answers: whether the process lives, whether it can serve, and its metrics.
import express, { type Express } from 'express'
import type { Readiness } from '../api/readiness.js'

/** Metrics in a text format. */
export interface MetricsSource {
  readonly contentType: string
  readonly text: () => Promise<string>
}

/**
 * `GET /livez`: 200 as long as the process answers. `GET /readyz`: 200 when the server can serve, 503 when not.
 * `GET /metrics`: what `metrics` says.
 */
export function adminApp(readiness: Readiness, metrics: MetricsSource): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.get('/livez', (_request, response) => {
    response.json({ status: 'ok' })
  })
  app.get('/readyz', async (_request, response) => {
    const ready = await readiness.isReady()
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable' })
  })
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text())
  })
  app.use((_request, response) => {
    response.status(404).json({ status: 'not found' })
  })
  return app
}
