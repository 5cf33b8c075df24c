// Compresses whole answers for callers that accept it. Streams are left as they are: each part has to arrive at once.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const toGzip = promisify(gzip)
const toBrotli = promisify(brotliCompress)

/** Smaller answers fit into one packet as they are. */
const MIN_BYTES = 1024

/** A body and its `content-encoding`; undefined when it is left as it is. */
export interface Encoded {
  readonly bytes: Uint8Array
  readonly encoding: 'br' | 'gzip' | undefined
}

/** Compresses `bytes` as `Accept-Encoding` (RFC 9110, section 12.5.3) allows; brotli before gzip. */
export async function compressed(bytes: Uint8Array, acceptEncoding: string | readonly string[] | undefined): Promise<Encoded> {
  const encoding = bytes.length < MIN_BYTES ? undefined : preferred(String(acceptEncoding ?? ''))
  if (encoding === undefined) return { bytes, encoding }
  // Quality 4 costs about what gzip does and is smaller; the default, 11, is a hundred times slower.
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }
  return { bytes: encoding === 'br' ? await toBrotli(bytes, brotli) : await toGzip(bytes), encoding }
}

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
