// The log of a server process: one event a line, on standard output.
import { pino, type Level, type Logger } from 'pino'
import { LineFile, type LineOutput } from './line-file.js'
import { textLine } from './text-line.js'

/** The forms of a log. `auto`: text on a terminal, JSON elsewhere. */
export const LOG_FORMATS = ['auto', 'json', 'text'] as const

/** The levels of a log: what is below the one that is set is not written. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Level[]

/** How a log looks. */
export interface LogConfig {
  readonly format: (typeof LOG_FORMATS)[number]
  readonly level: (typeof LOG_LEVELS)[number]
}

/** A log that does not make its writers wait. */
export interface ProcessLog {
  readonly log: Logger
  /** Where its lines go, for others that must not mix with them. */
  readonly output: LineOutput
  /** Lines that were lost because nobody read them in time. */
  readonly dropped: () => number
}

/** Opens the log on standard output. What is waiting when the process exits is written then. */
export function openLog(config: LogConfig): ProcessLog {
  let dropped = 0
  const STDOUT = 1
  // A reader that has gone does not end the server, and there is no other place to say so.
  const output = new LineFile(() => STDOUT, { onFailure: () => undefined, onDrop: (lines) => (dropped += lines) })
  process.once('exit', () => output.flushSync())
  return { log: logTo(output, config, null), output, dropped: () => dropped }
}

/** Opens the log of the worker `worker`, which another process writes: its lines go to `output`. */
export function openWorkerLog(output: LineOutput, config: LogConfig, worker: number): ProcessLog {
  return { log: logTo(output, config, { worker }), output, dropped: () => 0 }
}

/** `base`: fields of every line. */
function logTo(output: LineOutput, { format, level }: LogConfig, base: Readonly<Record<string, number>> | null): Logger {
  const isText = format === 'text' || (format === 'auto' && process.stdout.isTTY)
  return pino({ base, level }, { write: (line: string) => output.write(isText ? textLine(line) : line) })
}
