// A REST API beside the gateway, with paths and shapes of its own.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OtherDocument } from '../gateway/options.js'

/** A face of the server. */
export interface Face {
  /** Answers a request, or leaves it to `next` when its path is none of its own. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  readonly openApi: OtherDocument
}
