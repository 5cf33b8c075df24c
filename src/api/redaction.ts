// Keeps secrets out of the store: in payloads of a type that is known here, values whose names say that they are secret are
// replaced before anything is written. A payload of an unknown type is bytes, and stays as it is; one that says that it is
// of a known type and is not cannot be looked at, and is refused.
import { create, fromBinary, ScalarType, toBinary, type DescMessage } from '@bufbuild/protobuf'
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import { AnySchema, ListValueSchema, ValueSchema, type Any as AnyMessage, type ListValue, type Value } from '@bufbuild/protobuf/wkt'
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Status } from '../../gen/google/rpc/status.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { ownSchema, typeSource, type TypeSource } from '../base/proto-json/type-source.js'
import { isSecretName, REDACTED, redactList, redactText } from '../base/secrets.js'
import type { FieldViolations } from '../task/field-violations.js'

/** Names that are secret beside those of `isSecretName`, without case, `-`, `_` and spaces; anywhere in a name. */
const OBVIOUS = /password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|sshkey|credential|authorization|connectionstring/
/** Keys of an object that say what its value is: `{name: DB_PASSWORD, value: x}`. */
const NAMING = new Set(['name', 'key'])
/** What the decoder says of messages nested more than 100 deep. */
const TOO_DEEP = 'recursion depth'

/** Replaces secrets. */
export class Redactor {
  private readonly names: readonly Pattern[]
  private readonly paths: readonly Pattern[]
  private readonly types: TypeSource = typeSource(ownSchema())

  /**
   * `secrets`: names (`pin`) and paths from the payload down (`spec.adminPin`) that are secret beside the obvious ones; `*`
   * stands for any part of a name (`admin*`, `*.adminPin`).
   */
  constructor(secrets: readonly string[]) {
    this.names = secrets.filter((secret) => !secret.includes('.')).map(patternOf)
    this.paths = secrets.filter((secret) => secret.includes('.')).map(patternOf)
  }

  /** The payload without its secrets; the same object when it has none. Records bytes that are not of their type. */
  payload(field: string, any: Any | undefined, violations: FieldViolations): Any | undefined {
    const type = any && this.types.message(any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1))
    if (any === undefined || type === undefined) return any
    const walk = new Walk(this, this.types)
    const value = walk.bytes(type, any.value, '')
    if (walk.isMalformed) violations.add(`${field}.value`, `expected an encoded ${type.typeName}, and so for what is packed in it`)
    return walk.found ? { ...any, value: Buffer.from(value) } : any
  }

  /** A task whose metadata has no secrets. */
  task(task: Task | undefined, violations: FieldViolations): Task | undefined {
    return task && { ...task, metadata: this.payload('task.metadata', task.metadata, violations) }
  }

  /** An error whose details have no secrets. */
  error(error: Status | undefined, violations: FieldViolations): Status | undefined {
    const cleaned = (detail: Any, index: number): Any => this.payload(`error.details[${index}]`, detail, violations) ?? detail
    return error && { ...error, details: error.details.map(cleaned) }
  }

  /** Whether what is called `name` and stands at `path` is secret. A key with dots is a name of several parts. */
  isSecret(name: string, path: string): boolean {
    if (isSecretName(name) || OBVIOUS.test(plain(name))) return true
    const parts = plain(name).split('.')
    return parts.some((part) => this.names.some((known) => fits(known, [part]))) || this.paths.some((known) => fits(known, path.split('.')))
  }
}

/** One walk through a payload. */
class Walk {
  found = false
  /** Whether something could not be read. */
  isMalformed = false
  private readonly redactor: Redactor
  private readonly types: TypeSource

  constructor(redactor: Redactor, types: TypeSource) {
    this.redactor = redactor
    this.types = types
  }

  bytes(type: DescMessage, encoded: Uint8Array, path: string): Uint8Array {
    try {
      const message = fromBinary(type, encoded)
      this.message(reflect(type, message), path)
      return this.found ? toBinary(type, message) : encoded
    } catch (error) {
      // What lies too deep to be looked at is not kept.
      if (String(error).includes(TOO_DEEP)) this.found = true
      else this.isMalformed = true
      return new Uint8Array()
    }
  }

  private message(message: ReflectMessage, path: string): void {
    if (message.desc.typeName === AnySchema.typeName) {
      this.any(message.message as AnyMessage, path)
      return
    }
    if (message.desc.typeName === ListValueSchema.typeName) this.words((message.message as ListValue).values)
    for (const field of message.fields) {
      if (!message.isSet(field)) continue
      // The key of a Struct is the name, not the field of the message that carries it.
      const isWrapper = message.desc.typeName.startsWith('google.protobuf.')
      const at = isWrapper ? path : join(path, field.name)
      if (field.fieldKind === 'map') this.map(message, field, at)
      else if (field.fieldKind === 'list' && field.listKind === 'message') {
        for (const item of message.get(field) as Iterable<ReflectMessage>) this.message(item, at)
      } else if (field.fieldKind === 'message') this.message(message.get(field), at)
      else if (!isWrapper && this.redactor.isSecret(field.name, at)) this.clear(message, field)
      else this.text(message, field)
    }
  }

  /** Looks for secrets within text. */
  private text(message: ReflectMessage, field: ReflectMessage['fields'][number]): void {
    if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
      message.set(field, this.changed(message.get(field), redactText))
    } else if (field.fieldKind === 'list' && field.listKind === 'scalar' && field.scalar === ScalarType.STRING) {
      const list = message.get(field)
      for (const [index, word] of redactList(Array.from(list, String)).entries()) list.set(index, this.changed(String(list.get(index)), () => word))
    }
  }

  /** A list of text may be a command line, whose options say what the next word is. */
  private words(values: readonly Value[]): void {
    const kinds = values.map(({ kind }) => kind).filter((kind) => kind.case === 'stringValue')
    if (kinds.length < values.length) return
    for (const [index, word] of redactList(kinds.map(({ value }) => value)).entries()) {
      const kind = kinds[index]
      if (kind !== undefined) kind.value = this.changed(kind.value, () => word)
    }
  }

  private changed(text: string, change: (text: string) => string): string {
    const changed = change(text)
    if (changed !== text) this.found = true
    return changed
  }

  /** Replaces text, empties the rest: a secret number is gone too. */
  private clear(message: ReflectMessage, field: ReflectMessage['fields'][number]): void {
    this.found = true
    if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) message.set(field, REDACTED)
    else message.clear(field)
  }

  private map(
    message: ReflectMessage,
    field: ReflectMessage['fields'][number] & { fieldKind: 'map' },
    at: string,
  ): void {
    const map = message.get(field)
    const isNamed = [...map].some(([key, value]) => NAMING.has(plain(String(key))) && isSecretName(textOf(value)))
    for (const [key, value] of map) {
      const name = String(key)
      const path = join(at, name)
      const isSecret = this.redactor.isSecret(name, path) || (isNamed && plain(name) === 'value')
      if (field.mapKind === 'message' && !isSecret) this.message(value as ReflectMessage, path)
      else if (!isSecret && typeof value === 'string') map.set(key, this.changed(value, redactText))
      else if (isSecret) {
        this.found = true
        if (field.mapKind === 'scalar' && field.scalar === ScalarType.STRING) map.set(key, REDACTED)
        else if (field.message?.typeName === ValueSchema.typeName) map.set(key, reflect(ValueSchema, redactedValue()))
        else map.delete(key)
      }
    }
  }

  private any(any: AnyMessage, path: string): void {
    const type = this.types.message(any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1))
    if (type !== undefined) any.value = this.bytes(type, any.value, path)
  }
}

function redactedValue(): ReturnType<typeof create<typeof ValueSchema>> {
  return create(ValueSchema, { kind: { case: 'stringValue', value: REDACTED } })
}

/** The text that a value of a map is; '' when it is something else. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { kind } = (value as Partial<ReflectMessage>).message as Partial<Value>
  return kind?.case === 'stringValue' ? kind.value : ''
}

/** The parts of a path, each split where anything may stand. */
type Pattern = readonly (readonly string[])[]

function patternOf(secret: string): Pattern {
  return plain(secret).split('.').map((part) => part.split('*'))
}

function fits(pattern: Pattern, path: readonly string[]): boolean {
  return pattern.length === path.length && pattern.every((part, index) => fitsPart(part, path[index] ?? ''))
}

/** Takes the first place for each piece, in time with the length of the name. */
function fitsPart([first = '', ...rest]: readonly string[], name: string): boolean {
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false
  let at = first.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= name.length - last.length
}

function join(path: string, name: string): string {
  return path === '' ? plain(name) : `${path}.${plain(name)}`
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '')
}
