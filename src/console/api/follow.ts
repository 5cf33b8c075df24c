// Follows an instance over a stream of server-sent events: goes on where it was after every disconnect, and says how it stands.
import { ApiError, errorOf, statusIn, Unreachable } from './api-error.js'
import { AnswerBatch } from './answer-batch.js'
import { EventStream } from './event-stream.js'
import type { FollowListener } from './follow-listener.js'
import type { Send } from './request.js'
import type { WatchAnswer } from './task.js'
import { tasksPath } from './tasks-api.js'
import { Timer } from './timer.js'

/** What to follow. */
export interface FollowRequest {
  readonly instance: string
  /** Revision of what is known already; what comes after it is followed. */
  readonly after: string
  /** As of ListTasks; empty for all tasks. */
  readonly filter: string
}

/** Milliseconds. The server shows every 15 seconds that it is there. */
const SILENCE_MS = 40_000
const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 10_000

/**
 * Follows until the history after what is known is gone, or is that of another store: then everything has to be loaded
 * again. Rejects with the reason of `signal`.
 */
export async function follow(send: Send, request: FollowRequest, listener: FollowListener, signal: AbortSignal): Promise<void> {
  let after = request.after
  let lostAt: number | undefined
  let delay = RETRY_FIRST_MS
  listener.onConnection({ kind: 'connecting' })
  for (;;) {
    const stream = new FollowStream(send, { ...request, after }, listener)
    const error = await stream.read(signal)
    signal.throwIfAborted()
    if (isGap(error)) return
    after = stream.after
    if (stream.isOpen) {
      lostAt = undefined
      delay = RETRY_FIRST_MS
    }
    lostAt ??= Date.now()
    // Not all that lost the same server come back at the same moment.
    const wait = delay * (0.75 + Math.random() / 2)
    listener.onConnection({ kind: 'lost', since: lostAt, retryAt: Date.now() + wait, error })
    await pause(wait, signal)
    delay = Math.min(delay * 2, RETRY_MOST_MS)
  }
}

/** One connection. */
class FollowStream {
  /** Whether the server has answered. */
  isOpen = false
  private readonly send: Send
  private readonly request: FollowRequest
  private readonly batch: AnswerBatch

  constructor(send: Send, request: FollowRequest, listener: FollowListener) {
    this.send = send
    this.request = request
    this.batch = new AnswerBatch(request.after, listener)
  }

  /** Everything up to this revision has been handed on. */
  get after(): string {
    return this.batch.after
  }

  /** Resolves with the error that ended it. */
  async read(signal: AbortSignal): Promise<Error> {
    const silence = new AbortController()
    const patience = new Timer(SILENCE_MS, () => silence.abort(new Unreachable('The stream has gone silent')))
    try {
      const response = await this.open(AbortSignal.any([signal, silence.signal]))
      if (!response.ok || response.body === null) return await errorOf(response)
      this.isOpen = true
      this.batch.open(response.headers.get('date'))
      return await this.pump(response.body.getReader(), patience)
    } catch (error) {
      return error instanceof Error ? error : new Unreachable(String(error))
    } finally {
      patience.stop()
      this.batch.close(signal)
    }
  }

  private open(signal: AbortSignal): Promise<Response> {
    const { instance, filter, after } = this.request
    const query = filter === '' ? '' : `?${new URLSearchParams({ filter })}`
    return this.send(`${tasksPath(instance)}:watch${query}`, {
      signal,
      cache: 'no-store',
      headers: { accept: 'text/event-stream, application/json;any=canonical;q=0.5', 'last-event-id': after },
    })
  }

  private async pump(reader: ReadableStreamDefaultReader<Uint8Array>, patience: Timer): Promise<Error> {
    const events = new EventStream()
    const decoder = new TextDecoder()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return new Unreachable('The stream ended')
      patience.restart()
      for (const { event, data } of events.push(decoder.decode(value, { stream: true }))) {
        if (event === 'error') return new ApiError(200, statusIn(data))
        if (event === 'message') this.batch.add(JSON.parse(data) as WatchAnswer)
      }
    }
  }
}

/** Whether what follows the known revision cannot be had: it was purged, or the store has never been there. */
function isGap(error: Error): boolean {
  return error instanceof ApiError && (error.reason === 'REVISION_PURGED' || error.reason === 'INVALID_FIELD')
}

/** Rejects with the reason of `signal`. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, ms)
    const leave = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
  })
}
