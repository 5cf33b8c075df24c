// What the URLs of the last reads were bound to: who polls asks for the same again and again. A URL says all that a plain GET is
// bound from, so what it stood for once it stands for always.
import { RecentMap } from '../base/recent-map.js'
import { hasBody, type GatewayRequest } from './http-message.js'
import type { Match } from './router.js'
import type { KnownMessage, Target } from './target.js'

/** A read that was bound before. */
class KnownRead implements Target, KnownMessage {
  readonly match: Match
  readonly query = ''
  readonly encoded: Uint8Array
  notes: unknown

  constructor(match: Match, encoded: Uint8Array) {
    this.match = match
    this.encoded = encoded
  }

  get known(): KnownMessage {
    return this
  }
}

/** About what an entry takes beside the URL and the message, and what is made of that beside its texts. */
const ENTRY_BYTES = 1500
/** The message itself, the texts in it, and the name of its answer, which has them again. */
const MESSAGE_COPIES = 3

/** The reads of one gateway. */
export class KnownReads {
  private readonly reads: RecentMap<KnownRead>

  /** `bytes`: how much is kept of all of them; nothing for 0. */
  constructor(bytes: number) {
    this.reads = new RecentMap(bytes, ({ encoded }) => MESSAGE_COPIES * encoded.length + ENTRY_BYTES)
  }

  /** What `request` stands for, when its URL was kept and it is a GET that says nothing but its URL. */
  find(request: GatewayRequest): KnownRead | undefined {
    return isPlainGet(request) ? this.reads.get(request.url ?? '') : undefined
  }

  /** Keeps what `request` was bound to, when that follows from its URL alone. */
  keep(request: GatewayRequest, match: Match, encoded: Uint8Array): KnownMessage | undefined {
    if (!isPlainGet(request) || match.route.method.methodKind !== 'unary') return undefined
    const read = new KnownRead(match, encoded)
    this.reads.set(request.url ?? '', read)
    return read
  }
}

function isPlainGet(request: GatewayRequest): boolean {
  return request.method === 'GET' && !hasBody(request) && request.headers['last-event-id'] === undefined
}
