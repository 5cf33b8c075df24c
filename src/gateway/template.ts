// Path templates of google.api.http: text to segments, variables and verb. It knows no fields and no requests.
// Source: "Path template syntax" in google/api/http.proto.

/** One segment: fixed text (decoded), one segment of any text, or all that are left. */
type Segment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: '*' } | { readonly kind: '**' }

/** A field that takes its value from some of the segments. */
interface Variable {
  /** Names of the fields from the request down, as written. */
  readonly fieldPath: readonly string[]
  /** Index of its first segment. */
  readonly start: number
  /** Index after its last segment. */
  readonly end: number
  /** Whether it stands for more than one segment, so that `%2F` in it stays encoded. */
  readonly isMulti: boolean
  /** Where it stands in the template, from 1. */
  readonly column: number
}

/** A parsed template. */
export interface Template {
  readonly text: string
  readonly segments: readonly Segment[]
  readonly variables: readonly Variable[]
  /** Without the colon; undefined when there is none. */
  readonly verb: string | undefined
}

/** What is wrong in a template, and where. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault'
  /** Place in the template, from 1. */
  readonly column: number

  constructor(problem: string, column: number) {
    super(problem)
    this.column = column
  }
}

/** Parses `/v1/{name=shelves/*}/books:move`. Throws TemplateFault. */
export function parseTemplate(text: string): Template {
  return new TemplateParser(text).parse()
}

class TemplateParser {
  private readonly text: string
  private at = 0
  private readonly segments: Segment[] = []
  private readonly variables: Variable[] = []

  constructor(text: string) {
    this.text = text
  }

  parse(): Template {
    if (!this.take('/')) this.fail('a template begins with "/"')
    do this.segment()
    while (this.take('/'))
    const verb = this.take(':') ? this.literal('a verb') : undefined
    if (this.at < this.text.length) this.fail(`unexpected "${this.text[this.at] ?? ''}"`)
    return { text: this.text, segments: this.segments, variables: this.variables, verb }
  }

  private segment(): void {
    if (this.text[this.at] === '{') this.variable()
    else this.plainSegment()
  }

  private plainSegment(): void {
    if (this.segments.at(-1)?.kind === '**') this.fail('nothing may follow "**" but a verb')
    if (this.take('**')) this.segments.push({ kind: '**' })
    else if (this.take('*')) this.segments.push({ kind: '*' })
    else this.segments.push({ kind: 'literal', text: this.literal('a segment') })
  }

  private variable(): void {
    const column = this.at + 1
    this.take('{')
    const fieldPath = [this.identifier()]
    while (this.take('.')) fieldPath.push(this.identifier())
    const start = this.segments.length
    if (this.take('=')) {
      do {
        if (this.text[this.at] === '{') this.fail('a variable may not hold another')
        this.plainSegment()
      } while (this.take('/'))
    } else {
      if (this.segments.at(-1)?.kind === '**') this.fail('nothing may follow "**" but a verb')
      this.segments.push({ kind: '*' })
    }
    if (!this.take('}')) this.fail('expected "}"')
    const end = this.segments.length
    const isMulti = end - start > 1 || this.segments[start]?.kind === '**'
    if (this.variables.some((other) => other.fieldPath.join('.') === fieldPath.join('.')))
      this.fail(`"${fieldPath.join('.')}" is bound twice`, column)
    this.variables.push({ fieldPath, start, end, isMulti, column })
  }

  private identifier(): string {
    const name = /^[A-Za-z_]\w*/.exec(this.text.slice(this.at))?.[0] ?? this.fail('expected a field name')
    this.at += name.length
    return name
  }

  private literal(what: string): string {
    const start = this.at
    // RFC 3986 pchar, without what the template syntax uses itself.
    const raw =
      /^(?:[A-Za-z0-9\-._~!$&'()+,;@]|%[0-9A-Fa-f]{2})+/.exec(this.text.slice(this.at))?.[0] ?? this.fail(`expected ${what}`)
    this.at += raw.length
    try {
      return decodeURIComponent(raw)
    } catch {
      return this.fail('percent-encoded text that is not UTF-8', start + 1)
    }
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  private fail(problem: string, column = this.at + 1): never {
    throw new TemplateFault(problem, column)
  }
}
