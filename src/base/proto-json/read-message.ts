// A JSON tree to a message of a protobuf type: fields, lists, maps and oneofs. Scalars and well-known types have files of
// their own. Every fault is gathered with the path of its field.
import type { DescEnum, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import type { DraftValue, Item, Member, Scalar } from './draft.js'
import { Draft } from './draft.js'
import { fieldPath, JsonFault, keyPath, MAX_FAULTS } from './json-fault.js'
import type { FieldFault } from './json-fault.js'
import { JsonObject, kindOf } from './json-text.js'
import type { JsonNode } from './json-text.js'
import { readEnum, readMapKey, readScalar, Refusal } from './read-scalar.js'
import { WELL_KNOWN_READERS } from './read-well-known.js'
import type { Reading } from './reading.js'
import type { TypeSource } from './type-source.js'

/** How strictly to read. */
export interface ReadOptions {
  /** What to do with members that are no field of the message, and with unknown enum names. Default: reject. */
  readonly unknownFields?: 'reject' | 'ignore'
}

/** Reads one tree. It keeps the faults, so it is made anew for each text. */
export class MessageReader implements Reading {
  readonly types: TypeSource
  private readonly options: ReadOptions
  private readonly faults: FieldFault[] = []

  constructor(types: TypeSource, options: ReadOptions = {}) {
    this.types = types
    this.options = options
  }

  /** Notes a fault; answers null for the value that was not read. Throws JsonFault when there are too many to go on. */
  refuse(field: string, description: string): null {
    this.faults.push({ field, description })
    if (this.faults.length >= MAX_FAULTS) this.finish()
    return null
  }

  /** Throws JsonFault `INVALID_FIELD` when anything was refused. */
  finish(): void {
    if (this.faults.length > 0) throw new JsonFault('INVALID_FIELD', this.faults)
  }

  /** The message that `node` stands for; null, and a fault noted, when it is none. */
  message(type: DescMessage, node: JsonNode, path: string): Draft | null {
    const special = WELL_KNOWN_READERS.get(type.typeName)
    if (special !== undefined) return special(this, type, node, path)
    if (!(node instanceof JsonObject)) return this.refuse(path, `expected an object, got ${kindOf(node)}`)
    const draft = new Draft(type)
    this.fields(draft, node, path)
    return draft
  }

  /** Reads a whole text into a draft of its type. */
  whole(draft: Draft, node: JsonNode): void {
    if (WELL_KNOWN_READERS.has(draft.type.typeName)) {
      const message = this.message(draft.type, node, '')
      if (message !== null) draft.takeFrom(message)
    } else if (node instanceof JsonObject) this.fields(draft, node, '')
    else this.refuse('', `expected an object, got ${kindOf(node)}`)
  }

  /** Reads the members of `object`, except `skip`, into `draft`. */
  fields(draft: Draft, object: JsonObject, path: string, skip?: string): void {
    const seen = new Set<Member>()
    for (const [key, node] of object.members) {
      if (key === skip) continue
      const field = this.findField(draft.type, key)
      if (field === undefined) {
        if (this.options.unknownFields !== 'ignore') this.refuse(keyPath(path, key), `${draft.type.typeName} has no such field`)
        continue
      }
      const at = fieldPath(path, nameOf(field))
      if (seen.has(field)) this.refuse(at, 'given more than once')
      seen.add(field)
      if (node === null && !takesNull(field)) continue
      const rival = field.oneof?.fields.find((other) => other !== field && draft.get(other) !== undefined)
      if (rival !== undefined) this.refuse(at, `cannot be given together with ${rival.name}`)
      const value = this.value(field, node, at)
      if (value !== null) draft.set(field, value)
    }
  }

  /** The value of a whole field: a list from an array, a map from an object. */
  value(field: Member, node: JsonNode, path: string): DraftValue | null {
    if (field.fieldKind === 'list') return this.list(field, node, path)
    return field.fieldKind === 'map' ? this.map(field, node, path) : this.item(field, node, path)
  }

  /** One value of a field, list or map. */
  item(field: Member, node: JsonNode, path: string): Item | null {
    if (field.message !== undefined) return this.message(field.message, node, path)
    return field.enum === undefined ? this.scalar(field.scalar, node, path) : this.enumValue(field.enum, node, path)
  }

  private scalar(type: ScalarType, node: JsonNode, path: string): Scalar | null {
    const value = readScalar(type, node)
    return value instanceof Refusal ? this.refuse(path, value.description) : value
  }

  private enumValue(type: DescEnum, node: JsonNode, path: string): number | null {
    if (node === null && type.typeName === NULL_VALUE) return 0
    const value = readEnum(type, node)
    if (value instanceof Refusal) return this.refuse(path, value.description)
    if (value === undefined && this.options.unknownFields !== 'ignore')
      return this.refuse(path, `expected a value of ${type.typeName}`)
    return value ?? null
  }

  private list(field: Member, node: JsonNode, path: string): readonly Item[] | null {
    if (!Array.isArray(node)) return this.refuse(path, `expected an array, got ${kindOf(node)}`)
    const items: Item[] = []
    for (const [i, element] of (node as readonly JsonNode[]).entries()) {
      const item = this.item(field, element, `${path}[${i}]`)
      if (item !== null) items.push(item)
    }
    return items
  }

  private map(field: Member & { fieldKind: 'map' }, node: JsonNode, path: string): ReadonlyMap<Scalar, Item> | null {
    if (!(node instanceof JsonObject)) return this.refuse(path, `expected an object, got ${kindOf(node)}`)
    const entries = new Map<Scalar, Item>()
    const seen = new Set<Scalar>()
    for (const [text, element] of node.members) {
      const at = keyPath(path, text)
      const key = readMapKey(field.mapKey, text)
      const item = this.item(field, element, at)
      if (key instanceof Refusal) this.refuse(at, key.description)
      else if (seen.has(key)) this.refuse(at, 'given more than once')
      else {
        seen.add(key)
        if (item !== null) entries.set(key, item)
      }
    }
    return entries
  }

  private findField(type: DescMessage, key: string): Member | undefined {
    const field = fieldsByName(type).get(key)
    if (field !== undefined || !key.startsWith('[') || !key.endsWith(']')) return field
    const extension = this.types.extension(key.slice(1, -1))
    return extension?.extendee.typeName === type.typeName ? extension : undefined
  }
}

const NULL_VALUE = 'google.protobuf.NullValue'

/** Whether JSON null is a value of the field and not its absence. */
function takesNull(field: Member): boolean {
  if (field.fieldKind === 'message') return field.message.typeName === 'google.protobuf.Value'
  return field.fieldKind === 'enum' && field.enum.typeName === NULL_VALUE
}

function nameOf(field: Member): string {
  return field.kind === 'extension' ? `[${field.typeName}]` : field.name
}

const NAMES = new WeakMap<DescMessage, ReadonlyMap<string, Member>>()

/** The fields of a type by their names in the proto and in JSON. */
export function fieldsByName(type: DescMessage): ReadonlyMap<string, Member> {
  const known = NAMES.get(type)
  if (known !== undefined) return known
  // A JSON name wins over a proto name of another field, as it is the one that is printed.
  const names = new Map<string, Member>([
    ...type.fields.map((f) => [f.name, f] as const),
    ...type.fields.map((f) => [f.jsonName, f] as const),
  ])
  NAMES.set(type, names)
  return names
}
