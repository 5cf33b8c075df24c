// What the admin port answers: whether the process lives, and whether it can serve.
import express, { type Express } from 'express'
import type { Readiness } from '../api/readiness.js'

/** `GET /livez`: 200 as long as the process answers. `GET /readyz`: 200 when the server can serve, 503 when not. */
export function adminApp(readiness: Readiness): Express {
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
  app.use((_request, response) => {
    response.status(404).json({ status: 'not found' })
  })
  return app
}
