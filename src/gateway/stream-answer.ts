// Writes a stream of answers as they come, no faster than the client reads them.
import { setTimeout as wait } from 'node:timers/promises'
import type { CallScope } from './call-scope.js'
import { HttpError } from './http-error.js'
import type { GatewayResponse } from './http-message.js'
import type { StreamWriter } from './stream-format.js'

/** One stream to write. */
export interface StreamAnswer {
  readonly messages: AsyncIterable<Uint8Array>
  readonly writer: StreamWriter
  /** One answer as the writer's text. */
  readonly print: (message: Uint8Array, number: number) => string | Uint8Array
  /** Sets status and headers, before the first byte; `first` is the first answer when it is there. */
  readonly begin: (first: Uint8Array | undefined) => void
  /** Sets the trailers, after the last answer. */
  readonly finish: () => Promise<void>
  /** google.rpc.Status as JSON, for an error after the first byte. */
  readonly failure: (error: unknown) => string
  readonly heartbeatMs: number
  readonly stallTimeoutMs: number
}

/** How long the first answer is waited for before the headers go out without it; until then an error has its own HTTP status. */
const FIRST_ANSWER_MS = 500

/**
 * Writes all of a stream. Rejects, with nothing written, when it fails before its first answer; later failures are
 * written as its last part.
 */
export async function answerStream(response: GatewayResponse, scope: CallScope, answer: StreamAnswer): Promise<void> {
  const messages = answer.messages[Symbol.asyncIterator]()
  const output = new StreamOutput(response, scope, answer)
  try {
    await pump(messages, output, scope)
    await output.write(answer.writer.end())
    await scope.during(answer.finish())
    response.end()
  } catch (error) {
    // The source may be in the middle of a wait; it is told to stop, not waited for.
    void Promise.resolve(messages.return?.()).catch(() => undefined)
    if (!output.isOpen) throw error
    const last = answer.failure(error)
    if (response.destroyed) return
    if (answer.writer.fail === undefined) response.destroy()
    else response.end(answer.writer.fail(last))
  } finally {
    output.close()
  }
}

/** Waits for the first answer of a stream, no longer than its headers would, and ends it. Rejects when it fails before. */
export async function beginStream(source: AsyncIterable<Uint8Array>, scope: CallScope): Promise<void> {
  const messages = source[Symbol.asyncIterator]()
  const patience = new AbortController()
  try {
    await scope.during(Promise.race([messages.next(), wait(FIRST_ANSWER_MS, undefined, { signal: patience.signal }).catch(() => undefined)]))
  } finally {
    patience.abort()
    scope.fail(new HttpError('CALLER_CANCELLED', 'The caller asked for no more'))
    void Promise.resolve(messages.return?.()).catch(() => undefined)
  }
}

async function pump(messages: AsyncIterator<Uint8Array>, output: StreamOutput, scope: CallScope): Promise<void> {
  for (let number = 1; ; number += 1) {
    const next = messages.next()
    if (number === 1) await output.openAfter(next)
    const result = await scope.during(next)
    if (result.done === true) return
    await output.message(result.value, number)
  }
}

/** The writing end: opens the answer, keeps it alive, and waits while the client does not read. */
class StreamOutput {
  isOpen = false
  private readonly response: GatewayResponse
  private readonly scope: CallScope
  private readonly answer: StreamAnswer
  private heartbeat: NodeJS.Timeout | undefined

  constructor(response: GatewayResponse, scope: CallScope, answer: StreamAnswer) {
    this.response = response
    this.scope = scope
    this.answer = answer
  }

  /** Opens the answer when `first` takes long, so that the client knows it is connected; where the format can say so. */
  async openAfter(first: Promise<unknown>): Promise<void> {
    const { heartbeat } = this.answer.writer
    if (heartbeat === undefined) return
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, FIRST_ANSWER_MS, true)))
    const isSlow = await this.scope.during(Promise.race([patience, first.then(() => false)])).finally(() => clearTimeout(timer))
    if (isSlow) await this.write(heartbeat)
  }

  async message(message: Uint8Array, number: number): Promise<void> {
    const part = this.answer.print(message, number)
    this.open(message)
    await this.write(part)
  }

  async write(part: string | Uint8Array): Promise<void> {
    this.open()
    this.heartbeat?.refresh()
    if (part.length === 0 || this.response.write(part)) return
    await this.drained()
  }

  close(): void {
    clearInterval(this.heartbeat)
  }

  private open(first?: Uint8Array): void {
    if (this.isOpen) return
    this.isOpen = true
    this.answer.begin(first)
    const { heartbeat } = this.answer.writer
    if (heartbeat === undefined) return
    this.heartbeat = setInterval(() => {
      if (!this.response.writableNeedDrain) this.response.write(heartbeat)
    }, this.answer.heartbeatMs)
  }

  private async drained(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    let onDrain: () => void = () => undefined
    const drain = new Promise<void>((resolve, reject) => {
      onDrain = resolve
      this.response.once('drain', resolve)
      timer = setTimeout(() => {
        this.response.destroy()
        reject(new HttpError('CALLER_CANCELLED', 'The caller does not read'))
      }, this.answer.stallTimeoutMs)
    })
    await this.scope.during(drain).finally(() => {
      clearTimeout(timer)
      this.response.off('drain', onDrain)
    })
  }
}
