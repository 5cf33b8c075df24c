// Frames of HTTP/2 over a bare socket, well-formed or not (RFC 9113; literal headers of RFC 7541).
import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Types of frames. */
export const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8, continuation: 9 } as const

export const END_STREAM = 1
export const END_HEADERS = 4

/** Why a stream or connection is refused. */
export const REFUSED_STREAM = 7

const HEAD_BYTES = 9

/** What every client begins with. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

interface Frame {
  readonly type: number
  readonly stream: number
  readonly payload: Buffer
}

/** The bytes of a frame. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

type Headers = readonly (readonly [name: string, value: string])[]

/** A block of literal headers. */
function headerBlock(headers: Headers): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), ...literal(name), ...literal(value)]))
}

/** A text and the length of it, below 127 in one byte and otherwise in more (RFC 7541, section 5.1). */
function literal(text: string): Buffer[] {
  const length = [Math.min(text.length, 127)]
  for (let rest = text.length - 127; length[0] === 127 && rest >= 0; rest = rest < 128 ? -1 : rest >> 7) {
    length.push(rest < 128 ? rest : (rest & 127) | 128)
  }
  return [Buffer.from(length), Buffer.from(text)]
}

/** HEADERS that begin a gRPC call and leave it open, with `more` of them. */
export function callHeaders(stream: number, path: string, more: Headers = []): Buffer {
  const headers = { ':method': 'POST', ':scheme': 'http', ':path': path, ':authority': 'h', 'content-type': 'application/grpc', te: 'trailers' }
  return frame(TYPE.headers, END_HEADERS, stream, headerBlock([...Object.entries(headers), ...more]))
}

/** A connection on which anything can be sent. */
export class RawHttp2 {
  /** Frames that have come. */
  readonly frames: Frame[] = []
  readonly socket: Socket
  private readonly events = new EventEmitter()
  private rest = Buffer.alloc(0)
  private closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    // That the other side ends a connection is what many tests wait for.
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => this.take(chunk))
    socket.once('close', () => {
      this.closed = true
      this.events.emit('news')
    })
  }

  /** Connects, and sends nothing yet. */
  static async to(address: string): Promise<RawHttp2> {
    const { hostname, port } = new URL(`http://${address}`)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new RawHttp2(socket)
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Sends bytes; resolves when there is room for more, or nobody to send to. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    if (this.closed || this.socket.destroyed || this.socket.write(Buffer.concat(parts))) return
    const enough = new AbortController()
    const { signal } = enough
    await Promise.race([once(this.socket, 'drain', { signal }), once(this.socket, 'close', { signal })]).catch(() => undefined)
    enough.abort()
  }

  /** Resolves once `condition` holds for what has come, or the connection has closed. */
  async until(condition: (frames: readonly Frame[]) => boolean): Promise<void> {
    while (!this.closed && !condition(this.frames)) await once(this.events, 'news')
  }

  /** Resolves once the connection has closed. */
  untilClosed(): Promise<void> {
    return this.until(() => false)
  }

  close(): void {
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk])
    while (this.rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.rest.readUIntBE(0, 3)
      if (this.rest.length < end) break
      this.frames.push({ type: this.rest.readUInt8(3), stream: this.rest.readUInt32BE(5), payload: this.rest.subarray(HEAD_BYTES, end) })
      this.rest = this.rest.subarray(end)
    }
    this.events.emit('news')
  }
}
