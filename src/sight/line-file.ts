// Lines on their way to a file or a pipe. Nothing here waits for the disk: lines queue, within a bound, and one write is under
// way at a time. What cannot be kept is counted, never left out in silence.
import { closeSync, write as writeSome, writeSync } from 'node:fs'
import { LOG_LIMITS } from '../limits.js'

/** Who hears of lines that do not get where they should. */
export interface LineWatch {
  /** Writing fails, for the first time since it last went well; it is tried again every LOG_LIMITS.retryMs. */
  readonly onFailure: (error: Error) => void
  /** So many lines were lost: there was no room for them. */
  readonly onDrop: (lines: number) => void
}

/** Takes lines without making anybody wait. */
export interface LineOutput {
  /** Takes a line, with its line break. */
  write(line: string): void
  /** Resolves when everything is written, or writing fails. */
  drained(): Promise<void>
}

/** A file that lines are appended to. */
export class LineFile implements LineOutput {
  private readonly open: () => number
  private readonly watch: LineWatch
  private fd: number
  private queue: string[] = []
  private queuedBytes = 0
  /** What is being written; its beginning may have been already. */
  private chunk: Buffer = Buffer.alloc(0)
  /** `gathering`: until the lines of this turn of the event loop are there; `pausing`: after a failure, until it is tried again. */
  private state: 'idle' | 'gathering' | 'writing' | 'pausing' = 'idle'
  private hasFailed = false
  private shouldReopen = false
  private readonly idle: (() => void)[] = []

  /** `open` gives a descriptor to append to. Throws what it throws. */
  constructor(open: () => number, watch: LineWatch) {
    this.open = open
    this.watch = watch
    this.fd = open()
  }

  /** Drops the line when LOG_LIMITS.queueBytes are waiting. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.queuedBytes + this.chunk.length + bytes > LOG_LIMITS.queueBytes) {
      this.watch.onDrop(1)
      return
    }
    this.queue.push(line)
    this.queuedBytes += bytes
    this.gather()
  }

  /** Writes on to what `open` gives now: the file was moved away. */
  reopen(): void {
    this.shouldReopen = true
    this.advance()
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.idle.push(resolve)
      this.advance()
    })
  }

  /** Writes what is waiting, and waits for that: only for the end of the process. */
  flushSync(): void {
    // What is being written gets there by itself, also while the process ends.
    const begun = this.state === 'writing' ? [] : [this.chunk]
    let rest = Buffer.concat([...begun, this.take()])
    for (let attempt = 0; rest.length > 0 && attempt < LOG_LIMITS.flushAttempts; attempt += 1) {
      try {
        rest = rest.subarray(writeSync(this.fd, rest))
      } catch (error) {
        // There is nobody left to tell.
        if (!isFullPipe(error)) return
        Atomics.wait(NEVER_WOKEN, 0, 0, LOG_LIMITS.fullPipeMs)
      }
    }
  }

  /** Writes what this turn brings in one go: many calls end in the turn in which their batch is on the disk. */
  private gather(): void {
    if (this.state !== 'idle') return
    this.state = 'gathering'
    setImmediate(() => {
      this.state = 'idle'
      this.advance()
    })
  }

  private advance(): void {
    if (this.state !== 'idle') return
    // A line that is begun ends in the same file, if it can.
    if (this.shouldReopen && (this.chunk.length === 0 || this.hasFailed)) this.changeFile()
    if (this.chunk.length === 0) this.chunk = this.take()
    if (this.chunk.length === 0) {
      this.settle()
      return
    }
    this.state = 'writing'
    writeSome(this.fd, this.chunk, 0, this.chunk.length, null, (error, bytes) => {
      if (error === null) this.written(bytes)
      else this.failed(error)
    })
  }

  private written(bytes: number): void {
    this.state = 'idle'
    this.hasFailed = false
    this.chunk = this.chunk.subarray(bytes)
    this.advance()
  }

  private failed(error: Error): void {
    this.state = 'pausing'
    if (!isFullPipe(error)) {
      if (!this.hasFailed) this.watch.onFailure(error)
      this.hasFailed = true
      this.settle()
    }
    setTimeout(
      () => {
        this.state = 'idle'
        this.advance()
      },
      isFullPipe(error) ? LOG_LIMITS.fullPipeMs : LOG_LIMITS.retryMs,
    ).unref()
  }

  private changeFile(): void {
    this.shouldReopen = false
    try {
      const next = this.open()
      closeSync(this.fd)
      this.fd = next
    } catch (error) {
      this.watch.onFailure(error as Error)
    }
  }

  private take(): Buffer {
    const taken = Buffer.from(this.queue.join(''))
    this.queue = []
    this.queuedBytes = 0
    return taken
  }

  private settle(): void {
    for (const resolve of this.idle.splice(0)) resolve()
  }
}

/** For waiting without an event loop. */
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4))

/** Whether a pipe has no room just now. */
function isFullPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN'
}
