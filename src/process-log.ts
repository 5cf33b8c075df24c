// The log of a server process, and how it hears that it is to stop.
import { pino, type Logger } from 'pino'

/** One line of JSON for each event, on standard output. */
export function openLog(): Logger {
  // Written at once: the last lines before an end are the ones that matter.
  return pino({ base: null }, pino.destination({ dest: 1, sync: true }))
}

/**
 * Ends the process by SIGKILL. An exit would wait for threads, and one that waits for a lock or a disk does so for seconds;
 * what is acknowledged survives this as it survives any end.
 */
export function endNow(): void {
  process.kill(process.pid, 'SIGKILL')
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
        endNow()
      })
    }
  })
}
