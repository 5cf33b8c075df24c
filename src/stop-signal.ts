// How a server process hears that it is to stop.
import type { Logger } from 'pino'

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
