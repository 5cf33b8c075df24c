// The status and the headers of an answer, gathered and then written at once: node checks and joins headers that are set one by one
// twice.
import type { GatewayResponse } from './http-message.js'

/** What an answer begins with. */
export class AnswerHead {
  private readonly status: number
  private readonly headers: Record<string, string | string[]> = {}

  constructor(status: number) {
    this.status = status
  }

  /** Sets a header, in place of what it was set to before. Names are in lower case. */
  set(name: string, value: string | string[]): void {
    this.headers[name] = value
  }

  /** Begins `response` with it. Headers that somebody else has set there stay, but for those of the same name. */
  writeTo(response: GatewayResponse): void {
    response.writeHead(this.status, this.headers)
  }
}
