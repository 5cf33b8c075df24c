// A GET of a probe: over TLS whatever its certificate is worth, which another check tells; nothing secret is sent.
import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { DOCTOR_LIMITS } from '../limits.js'

/** What came back. */
export interface ProbeAnswer {
  readonly status: number
  /** The header `Date`; undefined when there is none. */
  readonly date: string | undefined
  readonly body: string
}

/** Asks for `url`. Rejects when there is no answer within DOCTOR_LIMITS.checkMs. */
export async function httpGet(url: string): Promise<ProbeAnswer> {
  const options = { signal: AbortSignal.timeout(DOCTOR_LIMITS.checkMs), agent: false } as const
  const request = url.startsWith('https:') ? requestHttps(url, { ...options, rejectUnauthorized: false }) : requestHttp(url, options)
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, date: response.headers.date, body: await text(response) }
}
