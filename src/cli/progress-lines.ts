// Finds the lines `::progress 40 text` in the output of a program, as it comes in pieces.
import { StringDecoder } from 'node:string_decoder'

/** What a progress line says. */
export interface ProgressLine {
  /** 0 to 100, whole. */
  readonly percent: number
  /** What the work is at; may be empty. */
  readonly text: string
}

const PROGRESS = /^::progress\s+(\d{1,3})%?(?:\s(.*))?$/s
/** Characters of a line that are looked at: longer lines are output, not progress. */
const MAX_LINE = 4096

/** Splits a stream into lines and calls back for each progress line; other lines are none of its business. */
export class ProgressLines {
  private readonly decoder = new StringDecoder('utf8')
  private readonly onProgress: (line: ProgressLine) => void
  private line = ''

  constructor(onProgress: (line: ProgressLine) => void) {
    this.onProgress = onProgress
  }

  /** Takes the next piece of the output. */
  push(chunk: Buffer): void {
    const [rest = '', ...more] = this.decoder.write(chunk).split('\n')
    this.append(rest)
    for (const part of more) {
      this.finish()
      this.append(part)
    }
  }

  /** Takes the end of the output, which ends its last line. */
  end(): void {
    this.append(this.decoder.end())
    this.finish()
  }

  private append(part: string): void {
    // One character over the limit is enough to know that the line is too long.
    this.line = (this.line + part).slice(0, MAX_LINE + 1)
  }

  private finish(): void {
    const progress = this.line.length <= MAX_LINE ? parseProgress(this.line) : undefined
    this.line = ''
    if (progress !== undefined) this.onProgress(progress)
  }
}

/** Reads a line; undefined when it is not a progress line, or says more than 100 percent. */
export function parseProgress(line: string): ProgressLine | undefined {
  const [, digits, text = ''] = PROGRESS.exec(line) ?? []
  const percent = Number(digits)
  return percent <= 100 ? { percent, text: text.trim() } : undefined
}
