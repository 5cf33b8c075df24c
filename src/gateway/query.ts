// The query of a URL as names and values, in order. Read strictly: broken percent-encoding is refused, not passed through.
import { HttpError } from './http-error.js'

/** Name and value of one parameter. */
export type Parameter = readonly [name: string, value: string]

/** How many parameters a query may have. */
const MAX_PARAMETERS = 1000

/** Parses `a=1&b=two+words`. Throws HttpError `MALFORMED_QUERY`. */
export function parseQuery(query: string): Parameter[] {
  const pairs = query.split('&').filter((pair) => pair !== '')
  if (pairs.length > MAX_PARAMETERS)
    throw new HttpError('MALFORMED_QUERY', `The query has more than ${MAX_PARAMETERS} parameters`)
  return pairs.map((pair) => {
    const at = pair.indexOf('=')
    return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
  })
}

function decode(text: string): string {
  try {
    if (/[^\x21-\x7e]/.test(text)) throw new URIError('a character that a URL cannot have')
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new HttpError('MALFORMED_QUERY', 'The query is not percent-encoded UTF-8')
  }
}
