// Keeps secrets out of the store: in payloads of a type that is known here, values whose names say that they are secret are
// replaced before anything is written. A payload of an unknown type is bytes, and stays as it is; one that says that it is
// of a known type and is not cannot be looked at, and is refused.
import { create, fromBinary, ScalarType, toBinary, type DescMessage } from '@bufbuild/protobuf'
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import { AnySchema, ValueSchema, type Any as AnyMessage } from '@bufbuild/protobuf/wkt'
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Status } from '../../gen/google/rpc/status.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { ownSchema, typeSource, type TypeSource } from '../base/proto-json/type-source.js'
import type { FieldViolations } from '../task/field-violations.js'

/** What stands where a secret was. */
export const REDACTED = '[redacted]'

/** Names that are secret unless told otherwise, without case, `-` and `_`; anywhere in a name. */
const OBVIOUS = /password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|credential|authorization|kubeconfig/
/** What the decoder says of messages nested more than 100 deep. */
const TOO_DEEP = 'recursion depth'

/** Replaces secrets. */
export class Redactor {
  private readonly names: ReadonlySet<string>
  private readonly paths: ReadonlySet<string>
  private readonly types: TypeSource = typeSource(ownSchema())

  /** `secrets`: names (`pin`) and paths from the payload down (`spec.adminPin`) that are secret beside the obvious ones. */
  constructor(secrets: readonly string[]) {
    this.names = new Set(secrets.filter((secret) => !secret.includes('.')).map(plain))
    this.paths = new Set(secrets.filter((secret) => secret.includes('.')).map((path) => path.split('.').map(plain).join('.')))
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

  /** Whether what stands at `path` is secret; its last part is its name. */
  isSecret(path: string): boolean {
    const name = path.slice(path.lastIndexOf('.') + 1)
    return OBVIOUS.test(name) || this.names.has(name) || this.paths.has(path)
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
    for (const field of message.fields) {
      if (!message.isSet(field)) continue
      // The key of a Struct is the name, not the field of the message that carries it.
      const at = message.desc.typeName.startsWith('google.protobuf.') ? path : join(path, field.name)
      if (field.fieldKind === 'map') this.map(message, field, at)
      else if (field.fieldKind === 'list' && field.listKind === 'message') {
        for (const item of message.get(field) as Iterable<ReflectMessage>) this.message(item, at)
      } else if (field.fieldKind === 'message') this.message(message.get(field), at)
      else if (this.redactor.isSecret(at)) this.clear(message, field)
    }
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
    for (const [key, value] of map) {
      const path = join(at, String(key))
      if (field.mapKind === 'message' && !this.redactor.isSecret(path)) this.message(value as ReflectMessage, path)
      else if (this.redactor.isSecret(path)) {
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

function join(path: string, name: string): string {
  return path === '' ? plain(name) : `${path}.${plain(name)}`
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}
