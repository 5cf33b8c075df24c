// What the `Accept` header asks for: the shape of an answer, and of Any in it.

/** How a stream of answers is written. */
export type StreamFormat = 'sse' | 'ndjson' | 'array'

/** What a caller would like. */
export interface Accepted {
  /** Default: ndjson. */
  readonly stream: StreamFormat
  /** From `application/json;any=documented`; undefined when the caller does not say. */
  readonly any: 'canonical' | 'documented' | undefined
}

const FORMATS: Readonly<Record<string, StreamFormat>> = {
  'text/event-stream': 'sse',
  'application/x-ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'array',
}

/**
 * Reads an `Accept` header (RFC 9110, section 12.5.1). Types that are not known are passed over: an answer is better
 * than none.
 */
export function parseAccept(header = ''): Accepted {
  if (header === '' || header === '*/*') return ANYTHING
  const ranges = header.split(',').map(parseRange)
  const stream = ranges.filter(({ format, q }) => format !== undefined && q > 0).sort((a, b) => b.q - a.q)[0]?.format
  const any = ranges
    .map(({ parameters }) => parameters.get('any'))
    .find((value) => value === 'canonical' || value === 'documented')
  return { stream: stream ?? 'ndjson', any }
}

const ANYTHING: Accepted = { stream: 'ndjson', any: undefined }

function parseRange(text: string): { format: StreamFormat | undefined; q: number; parameters: ReadonlyMap<string, string> } {
  const [type = '', ...rest] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=').map((side) => side.trim())
      return [name, value.replaceAll('"', '')]
    }),
  )
  const q = Number(parameters.get('q') ?? 1)
  return { format: Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined, q: Number.isFinite(q) ? q : 0, parameters }
}
