// Reads the body of a request: decompressed, up to a limit, whole or as it comes.
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import type { Soon } from '../base/soon.js'
import { hasBody } from './http-message.js'
import type { GatewayRequest } from './http-message.js'
import { HttpError } from './http-error.js'

/**
 * The whole body, at once when there is none. Throws HttpError: `BODY_TOO_LARGE` as soon as it is known, `MALFORMED_BODY` when it is cut short or
 * badly compressed, `UNSUPPORTED_MEDIA_TYPE` for an encoding that is not known.
 */
export function readBody(request: GatewayRequest, maxBytes: number): Soon<Uint8Array> {
  return hasBody(request) ? readWhole(request, maxBytes) : NOTHING
}

async function readWhole(request: GatewayRequest, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of bodyChunks(request, maxBytes)) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

const NOTHING = new Uint8Array()

/** The lines of the body as they come, without blank ones. `maxBytes` is for each. Throws HttpError as readBody does. */
export async function* bodyLines(request: GatewayRequest, maxBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of bodyChunks(request)) {
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      if (length + end - start > maxBytes) throw tooLarge(maxBytes)
      yield* unlessBlank([...parts, chunk.subarray(start, end)])
      parts = []
      length = 0
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > maxBytes) throw tooLarge(maxBytes)
  }
  yield* unlessBlank(parts)
}

function* unlessBlank(parts: readonly Buffer[]): Generator<Buffer> {
  const line = Buffer.concat(parts)
  if (line.toString('latin1').trim() !== '') yield line
}

/**
 * The body in pieces, decompressed, read no faster than they are taken. `maxBytes` is for what is sent, before
 * decompression. Throws HttpError as readBody does.
 */
export async function* bodyChunks(request: GatewayRequest, maxBytes = Infinity): AsyncGenerator<Buffer> {
  const stream = decompressed(request, maxBytes)
  try {
    // The request must outlive the loop: the refusal is still to be written to its connection.
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Buffer
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError('MALFORMED_BODY', 'The body is cut short or not compressed as content-encoding says')
  } finally {
    if (stream !== request) {
      request.unpipe()
      stream.destroy()
    }
  }
}

function decompressed(request: GatewayRequest, maxBytes: number): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding === 'identity') return request
  const decoder = encoding === 'gzip' ? createGunzip() : encoding === 'br' ? createBrotliDecompress() : undefined
  if (decoder === undefined) {
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be compressed with gzip or br, or not at all', [
      { field: 'content-encoding', description: 'expected gzip or br' },
    ])
  }
  // Compressed data can go on for ever without giving a byte.
  let sent = 0
  request.on('data', (chunk: Buffer) => {
    sent += chunk.length
    if (sent > maxBytes) decoder.destroy(tooLarge(maxBytes))
  })
  request.once('error', () => decoder.destroy(new Error('cut short')))
  request.once('aborted', () => decoder.destroy(new Error('cut short')))
  return request.pipe(decoder)
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes`)
}

/**
 * Refuses a body that is not UTF-8 JSON by its own account; `types` are the media types it may have. Throws HttpError
 * `UNSUPPORTED_MEDIA_TYPE`.
 */
export function expectJson(contentType: string | undefined, types: readonly string[]): void {
  if (contentType === undefined) return
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '')
  if (types.includes(type) && (charset === undefined || charset === 'utf-8')) return
  const expected = types.join(' or ')
  throw new HttpError('UNSUPPORTED_MEDIA_TYPE', `The body must be ${expected} in UTF-8`, [
    { field: 'content-type', description: `expected ${expected}` },
  ])
}
