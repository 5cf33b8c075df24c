// Reads JSON text (RFC 8259) into a tree that loses nothing: numbers keep their digits, objects keep every member in order.
// It knows no protobuf, and gives no ordinary objects: a key such as `__proto__` is text like any other.
import { JsonFault } from './json-fault.js'

/** A JSON number as it was written, so that no digit is lost before its type is known. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Key and value. */
export type JsonMember = readonly [key: string, value: JsonNode]

/** A JSON object: its members as they stand in the text; a key may occur twice, which is for the reader to refuse. */
export class JsonObject {
  readonly members: readonly JsonMember[]

  constructor(members: readonly JsonMember[]) {
    this.members = members
  }
}

/** Any JSON value. */
export type JsonNode = string | boolean | null | JsonNumber | JsonObject | readonly JsonNode[]

/** What a value is, for messages: "a string", "an object". */
export function kindOf(node: JsonNode): string {
  if (node === null) return 'null'
  if (typeof node === 'string') return 'a string'
  if (typeof node === 'boolean') return 'a boolean'
  if (node instanceof JsonNumber) return 'a number'
  return node instanceof JsonObject ? 'an object' : 'an array'
}

/**
 * The value that `text` holds. Bytes must be UTF-8; a byte order mark is skipped.
 * `maxDepth` is how many arrays and objects may stand inside each other.
 * Throws JsonFault: `MALFORMED_JSON`, or `JSON_TOO_DEEP`.
 */
export function scanJson(text: string | Uint8Array, maxDepth: number): JsonNode {
  return new Scanner(typeof text === 'string' ? text : decode(text), maxDepth).document()
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new JsonFault('MALFORMED_JSON', [{ field: '', description: 'not UTF-8' }])
  }
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// eslint's no-control-regex is about accidents; here the control characters are what JSON forbids.
const PLAIN = new RegExp('[^"\\\\\\u0000-\\u001f]*', 'y')
const HALF_PAIR = /\p{Surrogate}/u
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

class Scanner {
  private readonly text: string
  private readonly maxDepth: number
  private at = 0
  private depth = 0

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.maxDepth = maxDepth
  }

  document(): JsonNode {
    const node = this.value()
    this.space()
    if (this.at < this.text.length) this.fail('more text after the value')
    return node
  }

  private value(): JsonNode {
    this.space()
    const first = this.text[this.at]
    switch (first) {
      case '{':
        this.enter()
        return this.leave(this.object())
      case '[':
        this.enter()
        return this.leave(this.array())
      case '"':
        return this.string()
      case 't':
        return this.word('true', true)
      case 'f':
        return this.word('false', false)
      case 'n':
        return this.word('null', null)
      default:
        return new JsonNumber(this.match(NUMBER) || this.fail('expected a value'))
    }
  }

  private word<T>(text: string, value: T): T {
    if (!this.text.startsWith(text, this.at)) this.fail('expected a value')
    this.at += text.length
    return value
  }

  private enter(): void {
    this.depth += 1
    this.at += 1
    if (this.depth <= this.maxDepth) return
    const description = `more than ${this.maxDepth} arrays and objects inside each other`
    throw new JsonFault('JSON_TOO_DEEP', [{ field: '', description }])
  }

  private leave<T>(value: T): T {
    this.depth -= 1
    return value
  }

  private object(): JsonObject {
    const members: [string, JsonNode][] = []
    if (this.take('}')) return new JsonObject(members)
    do {
      this.space()
      if (this.text[this.at] !== '"') this.fail('expected a key')
      const key = this.string()
      if (!this.take(':')) this.fail('expected ":"')
      members.push([key, this.value()])
    } while (this.take(','))
    if (!this.take('}')) this.fail('expected "," or "}"')
    return new JsonObject(members)
  }

  private array(): JsonNode[] {
    const items: JsonNode[] = []
    if (this.take(']')) return items
    do items.push(this.value())
    while (this.take(','))
    if (!this.take(']')) this.fail('expected "," or "]"')
    return items
  }

  private string(): string {
    this.at += 1
    let value = this.match(PLAIN)
    while (this.text[this.at] === '\\') {
      this.at += 1
      value += this.escape()
      value += this.match(PLAIN)
    }
    if (this.text[this.at] !== '"')
      this.fail(this.at < this.text.length ? 'a control character in a string' : 'a string that does not end')
    this.at += 1
    // Half of a surrogate pair has no UTF-8 form, so it could not be carried further.
    if (HALF_PAIR.test(value)) this.fail('half of a surrogate pair')
    return value
  }

  private escape(): string {
    const letter = this.text[this.at] ?? ''
    this.at += 1
    if (letter !== 'u') return ESCAPES[letter] ?? this.fail('an unknown escape')
    const digits = this.text.slice(this.at, this.at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail('expected four hexadecimal digits')
    this.at += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  private take(char: string): boolean {
    this.space()
    if (this.text[this.at] !== char) return false
    this.at += 1
    return true
  }

  private space(): void {
    const code = this.text.charCodeAt(this.at)
    // Most tokens follow each other closely; the expression is for those that do not.
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) this.match(SPACE)
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0] ?? ''
    this.at += found.length
    return found
  }

  private fail(problem: string): never {
    throw new JsonFault('MALFORMED_JSON', [{ field: '', description: `not JSON at character ${this.at}: ${problem}` }])
  }
}
