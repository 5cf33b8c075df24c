// Compresses whole answers for callers that accept it. Streams are left as they are: each part has to arrive at once.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const toGzip = promisify(gzip)
const toBrotli = promisify(brotliCompress)

/** Smaller answers fit into one packet as they are. */
const MIN_BYTES = 1024

/** The encoding that `Accept-Encoding` (RFC 9110, section 12.5.3) allows for an answer of that length; undefined to leave it as it is. */
export function encodingFor(length: number, acceptEncoding: string | readonly string[] | undefined): 'br' | 'gzip' | undefined {
  return length < MIN_BYTES || acceptEncoding === undefined ? undefined : preferred(String(acceptEncoding))
}

/** Compresses a whole body. */
export function compressed(body: string | Uint8Array, encoding: 'br' | 'gzip'): Promise<Uint8Array> {
  // Quality 4 costs about what gzip does and is smaller; the default, 11, is a hundred times slower.
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }
  return encoding === 'br' ? toBrotli(body, quality) : toGzip(body)
}

/** Brotli before gzip where both are as welcome. */
function preferred(header: string): 'br' | 'gzip' | undefined {
  const weights = new Map(
    header
      .toLowerCase()
      .split(',')
      .map((part): [string, number] => {
        const [name = '', q] = part.trim().split(/\s*;\s*q=/)
        return [name, q === undefined ? 1 : Number(q)]
      }),
  )
  const weight = (name: string): number => weights.get(name) ?? 0
  if (weight('br') > 0 && weight('br') >= weight('gzip')) return 'br'
  return weight('gzip') > 0 ? 'gzip' : undefined
}
