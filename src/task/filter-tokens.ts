// Splits the text of a filter into tokens (the lexical part of the grammar of AIP-160).
import { quoted } from './task-fields.js'

/** A token and where it begins, in characters from 0. */
export interface Token {
  readonly kind: 'text' | 'string' | 'symbol' | 'end'
  /** The text; of a string, what its quotes hold. */
  readonly text: string
  readonly at: number
  /** Whether white space stands before it. */
  readonly spaced: boolean
}

/** A filter that does not parse; becomes INVALID_FILTER. */
export class FilterSyntaxError extends Error {
  override readonly name = 'FilterSyntaxError'
  constructor(message: string, at: number) {
    super(`${message}, at character ${at + 1}`)
  }
}

// A time stands whole, since its colons would be operators otherwise.
const TIME = String.raw`\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)`
const STRING = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`
const SYMBOL = String.raw`<=|>=|!=|[<>=:().]|-(?=[^\s])`
const TEXT = String.raw`[^\s"'<>=:().!,-][^\s"'<>=:().!,]*`
const TOKEN = new RegExp(String.raw`(?<time>${TIME})|(?<string>${STRING})|(?<symbol>${SYMBOL})|(?<text>${TEXT})`, 'yu')
const SPACE = /\s*/y

/** The tokens of `source`, the last one of kind `end`. Throws FilterSyntaxError at the first character that fits nowhere. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; ; ) {
    SPACE.lastIndex = at
    const begin = at + (SPACE.exec(source)?.[0].length ?? 0)
    const spaced = begin > at
    if (begin === source.length) return [...tokens, { kind: 'end', text: 'the end', at: begin, spaced }]
    TOKEN.lastIndex = begin
    const match = TOKEN.exec(source)
    if (match === null) throw new FilterSyntaxError(`Unexpected ${quoted(source.slice(begin, begin + 8))}`, begin)
    tokens.push({ ...classify(match), at: begin, spaced })
    at = begin + match[0].length
  }
}

function classify(match: RegExpExecArray): Pick<Token, 'kind' | 'text'> {
  const { string, symbol } = match.groups ?? {}
  if (string !== undefined) return { kind: 'string', text: string.slice(1, -1).replace(/\\(.)/gsu, '$1') }
  return { kind: symbol === undefined ? 'text' : 'symbol', text: match[0] }
}
