// Reads the body of a request, up to a limit.
import type { GatewayRequest } from './http-message.js'
import { HttpError } from './http-error.js'

/** The whole body. Throws HttpError: `BODY_TOO_LARGE` as soon as it is known, `INCOMPLETE_BODY` when the caller goes away in between. */
export async function readBody(request: GatewayRequest, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let length = 0
  try {
    // The stream must outlive the loop: the refusal is still to be written to its connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) break
      chunks.push(chunk)
    }
  } catch {
    throw new HttpError('INCOMPLETE_BODY', 'The request ended before its body did')
  }
  if (length > maxBytes) throw tooLarge(maxBytes)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes`)
}

/** Refuses a body that is not UTF-8 JSON by its own account. Throws HttpError `UNSUPPORTED_MEDIA_TYPE`. */
export function expectJson(contentType: string | undefined): void {
  if (contentType === undefined) return
  const [type = '', ...parameters] = contentType.toLowerCase().split(';').map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '')
  if (type === 'application/json' && (charset === undefined || charset === 'utf-8')) return
  throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json in UTF-8', [{ field: 'content-type', description: 'expected application/json' }])
}
