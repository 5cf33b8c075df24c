// What the admin port answers: whether the process lives, and whether it can serve.
import express, { type Express } from 'express'
import { PROBE_LIMITS } from '../limits.js'

/** What readiness depends on. */
export interface Readiness {
  /** Rejects when the server cannot serve now. */
  check(): Promise<void>
}

/** `GET /livez`: 200 as long as the process answers. `GET /readyz`: 200 when the server can serve, 503 when not. */
export function adminApp(readiness: Readiness): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.get('/livez', (_request, response) => {
    response.json({ status: 'ok' })
  })
  app.get('/readyz', async (_request, response) => {
    const ready = await isReady(readiness)
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable' })
  })
  app.use((_request, response) => {
    response.status(404).json({ status: 'not found' })
  })
  return app
}

/** A check that takes too long has failed. */
async function isReady(readiness: Readiness): Promise<boolean> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), PROBE_LIMITS.checkMs)
  const late = new Promise<boolean>((resolve) => timeout.signal.addEventListener('abort', () => resolve(false)))
  const checked = readiness.check().then(
    () => true,
    () => false,
  )
  return Promise.race([checked, late]).finally(() => clearTimeout(timer))
}
