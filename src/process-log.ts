// The log of a server process, and how it hears that it is to stop.
import { pino, type Logger } from 'pino'

/** One line of JSON for each event, on standard output. */
export function openLog(): Logger {
  // Written at once: the last lines before an end are the ones that matter.
  return pino({ base: null }, pino.destination({ dest: 1, sync: true }))
}

/** Resolves with the first signal to stop; the second one ends the process. */
export function stopSignal(log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, (signal) => {
        signals += 1
        if (signals === 1) {
          resolve(signal)
          return
        }
        log.warn({ signal }, 'asked to stop again: ending at once')
        process.exit(1)
      })
    }
  })
}
