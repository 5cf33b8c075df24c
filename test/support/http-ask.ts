// A request as any HTTP client could send it, also a GET with a body, which fetch refuses.
import { request, type Agent, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

/** An answer; `json` is its body when that is JSON. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

/** What is sent beside method and URL. */
export interface HttpQuestion {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Whose connections to use. Default: those that all tests of a file share. */
  readonly agent?: Agent
}

/** Sends a request and reads the whole answer. */
export function ask(url: string, { method = 'GET', headers = {}, body, agent }: HttpQuestion = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(url, { method, headers: { ...length, ...headers }, agent }, (response) => {
      text(response).then((received) => {
        const isJson = received !== '' && response.headers['content-type']?.includes('json') === true
        const json: unknown = isJson ? JSON.parse(received) : undefined
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received, json })
      }, reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
