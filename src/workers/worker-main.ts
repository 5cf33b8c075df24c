// The program of a worker's process: one of several that serve the same ports for the process that has started them.
import { keepCallsYoung } from '../base/short-lived-objects.js'
import { PrimaryLink } from './primary-link.js'
import { serveAsWorker } from './serve-as-worker.js'

keepCallsYoung()

// Signals are for the primary, also where a terminal or a supervisor sends them to all processes; it says when to stop.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)

const link = new PrimaryLink()
try {
  await serveAsWorker(await link.started(), link)
} catch (error) {
  await link.send({ kind: 'failed', message: (error as Error).message })
  process.exit(1)
}
