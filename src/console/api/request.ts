// One request to the server that this page came from.
import { errorOf, Unreachable } from './api-error.js'
import type { ServerClock } from './server-clock.js'

/** What browsers take beside what Node does: leases move without a new entity tag, so that a copy that is kept would be old. */
export interface SendInit extends RequestInit {
  readonly cache?: 'no-store'
}

/** Sends a request as whoever uses the console; `path` begins with `/`. As fetch, and rejects only when `signal` aborts or nobody answers. */
export type Send = (path: string, init?: SendInit) => Promise<Response>

/** Prints `Any` as what is inside, when the server knows its type. */
const CANONICAL = 'application/json;any=canonical'

/** The answer as JSON. Rejects with ApiError, with Unreachable, or with the reason of `signal`. */
export async function getJson<T>(send: Send, path: string, signal: AbortSignal): Promise<T> {
  return answerOf<T>(await send(path, { signal, headers: { accept: CANONICAL }, cache: 'no-store' }))
}

/** Posts `body` as JSON, and gives the answer as JSON. Rejects as `getJson`. */
export async function postJson<T>(send: Send, path: string, body: object): Promise<T> {
  const headers = { accept: CANONICAL, 'content-type': 'application/json' }
  return answerOf<T>(await send(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

/** A `Send` over `fetch`; `clock` hears of the time that answers tell. */
export function plainSend(origin = '', clock?: ServerClock): Send {
  return async (path, init = {}) => {
    try {
      const response = await fetch(origin + path, init)
      clock?.hear(response.headers.get('date'))
      return response
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause
      throw new Unreachable('The server does not answer', { cause })
    }
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  if (!response.ok) throw await errorOf(response)
  return (await response.json()) as T
}
