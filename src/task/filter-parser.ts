// Parses a filter (the grammar of AIP-160). OR binds tighter than AND, as AIP-160 has it; words side by side mean AND.
import { LIST_LIMITS } from '../limits.js'
import type { Filter } from './filter.js'
import { readComparison } from './filter-comparison.js'
import { FilterSyntaxError, tokenize, type Token } from './filter-tokens.js'
import { TaskError } from './task-error.js'
import { quoted } from './task-fields.js'

const COMPARATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', ':'])

/** The filter in `source`; undefined when it is blank. Throws INVALID_ARGUMENT (INVALID_FILTER) saying where and why. */
export function parseFilter(source: string): Filter | undefined {
  try {
    if (Buffer.byteLength(source) > LIST_LIMITS.filterBytes) {
      throw new FilterSyntaxError(`Expected at most ${LIST_LIMITS.filterBytes} bytes`, 0)
    }
    const tokens = tokenize(source)
    return tokens.length === 1 ? undefined : new FilterParser(tokens).parse()
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error
    const fieldViolations = [{ field: 'filter', description: error.message }]
    throw new TaskError('INVALID_ARGUMENT', 'INVALID_FILTER', `filter: ${error.message}`, { fieldViolations })
  }
}

class FilterParser {
  private readonly tokens: readonly Token[]
  private position = 0
  private comparisons = 0
  private depth = 0

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  parse(): Filter {
    const filter = this.expression()
    if (this.peek().kind !== 'end') throw this.unexpected('AND, OR or the end')
    return filter
  }

  // expression: factor {[AND] factor}
  private expression(): Filter {
    const of = [this.factor()]
    while (!this.atEnd()) {
      this.takeWord('AND')
      of.push(this.factor())
    }
    return joined('and', of)
  }

  // factor: term {OR term}
  private factor(): Filter {
    const of = [this.term()]
    while (this.takeWord('OR')) of.push(this.term())
    return joined('or', of)
  }

  // term: [NOT | -] simple
  private term(): Filter {
    if (!this.takeWord('NOT') && !this.takeSymbol('-')) return this.simple()
    return this.nested(() => ({ kind: 'not', of: this.simple() }))
  }

  // simple: ( expression ) | comparison
  private simple(): Filter {
    if (!this.takeSymbol('(')) return this.comparison()
    return this.nested(() => {
      const filter = this.expression()
      if (!this.takeSymbol(')')) throw this.unexpected(')')
      return filter
    })
  }

  // comparison: member {. member} comparator value
  private comparison(): Filter {
    const { at } = this.peek()
    this.comparisons += 1
    if (this.comparisons > LIST_LIMITS.filterComparisons) {
      throw new FilterSyntaxError(`Expected at most ${LIST_LIMITS.filterComparisons} comparisons`, at)
    }
    const path = [this.value('a field').text]
    while (this.takeSymbol('.')) path.push(this.value('a field').text)
    const comparator = this.peek()
    if (!COMPARATORS.has(comparator.text) || comparator.kind !== 'symbol') throw this.unexpected('a comparison such as =')
    this.position += 1
    return readComparison({ path, comparator: comparator.text, value: this.argument(), at })
  }

  /** A value; unquoted, it may hold dots and a leading or inner minus: `cluster.create`, `eu-1`. */
  private argument(): Token {
    const first = this.peek()
    let text = this.takeSymbol('-') ? '-' : ''
    text += this.value('a value').text
    if (first.kind === 'string') return first
    for (let next = this.peek(); isContinued(next); next = this.peek()) {
      text += next.text
      this.position += 1
    }
    return { ...first, kind: 'text', text }
  }

  private value(expected: string): Token {
    const token = this.peek()
    if (token.kind !== 'text' && token.kind !== 'string') throw this.unexpected(expected)
    this.position += 1
    return token
  }

  private nested(parse: () => Filter): Filter {
    this.depth += 1
    if (this.depth > LIST_LIMITS.filterDepth) {
      throw new FilterSyntaxError(`Expected at most ${LIST_LIMITS.filterDepth} levels`, this.peek().at)
    }
    const filter = parse()
    this.depth -= 1
    return filter
  }

  private atEnd(): boolean {
    const { kind, text } = this.peek()
    return kind === 'end' || (kind === 'symbol' && text === ')')
  }

  private takeWord(word: string): boolean {
    return this.take('text', word)
  }

  private takeSymbol(symbol: string): boolean {
    return this.take('symbol', symbol)
  }

  private take(kind: Token['kind'], text: string): boolean {
    const token = this.peek()
    if (token.kind !== kind || token.text !== text) return false
    this.position += 1
    return true
  }

  private peek(): Token {
    const token = this.tokens[Math.min(this.position, this.tokens.length - 1)]
    if (token === undefined) throw new Error('A filter has at least its end token')
    return token
  }

  private unexpected(expected: string): FilterSyntaxError {
    const { kind, text, at } = this.peek()
    return new FilterSyntaxError(`Expected ${expected}, found ${kind === 'end' ? text : quoted(text)}`, at)
  }
}

function isContinued(token: Token): boolean {
  return !token.spaced && (token.kind === 'text' || (token.kind === 'symbol' && (token.text === '.' || token.text === '-')))
}

function joined(kind: 'and' | 'or', of: readonly Filter[]): Filter {
  const [only, ...rest] = of
  return only !== undefined && rest.length === 0 ? only : { kind, of }
}
