// How a server process hears that it is to stop.
import { LOG_LIMITS } from './limits.js'
import type { ProcessLog } from './sight/process-log.js'

/**
 * Ends the process by SIGKILL, once its last lines are written or nobody has taken them for as long as an exit waits. An exit
 * would wait for threads, and one that waits for a lock or a disk does so for seconds; what is acknowledged survives this as it
 * survives any end.
 */
export function endNow({ output }: ProcessLog): void {
  const end = (): void => void process.kill(process.pid, 'SIGKILL')
  setTimeout(end, LOG_LIMITS.flushAttempts * LOG_LIMITS.fullPipeMs)
  void output.drained().then(end)
}

/** Resolves with the first signal to stop; the second one ends the process. */
export function stopSignal(processLog: ProcessLog): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.on(name, (signal) => {
        signals += 1
        if (signals === 1) {
          resolve(signal)
          return
        }
        processLog.log.warn({ signal }, 'asked to stop again: ending at once')
        endNow(processLog)
      })
    }
  })
}
