// Encoded protobuf to JSON text, straight from the bytes: no message object in between. A plan per message type says how
// each field is printed; bytes are scanned once for the places of the fields, then printed in the order of their numbers.
import type { DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import type { Member } from './draft.js'
import { wireTypeOf } from './draft.js'
import { JsonFault } from './json-fault.js'
import type { PrintOptions } from './print-options.js'
import { enumPrinter, enumText, scalarPrinter, zeroText } from './print-scalar.js'
import type { Printer } from './print-scalar.js'
import { WELL_KNOWN_PRINTERS } from './print-well-known.js'
import type { TypeSource } from './type-source.js'
import { WIRE, WireFault, WireReader } from './wire-reader.js'

/** How deeply messages may nest; what other protobuf runtimes allow. */
const MAX_DEPTH = 100

const EMPTY = new Uint8Array()

interface FieldPlan {
  readonly field: Member
  /** Place in the plan's fields. */
  readonly index: number
  /** JSON text of the name with the colon after it. */
  readonly key: string
  /** Prints one value, or for a map one entry. */
  readonly print: Printer
  /** Prints the key of a map entry. */
  readonly printKey: Printer | undefined
  /** What a field without presence is when unset. */
  readonly zero: string
  /** What to print when there is nothing to print; undefined leaves the field out. */
  readonly empty: string | undefined
  /** Places of the other members of its oneof. */
  readonly rivals: readonly number[]
  /** Wire type of one value; that of a map is of its entries. */
  readonly wire: number
  /** Wire type of the value in a map entry. */
  readonly valueWire: number
}

interface MessagePlan {
  readonly type: DescMessage
  /** By field number. */
  readonly fields: FieldPlan[]
  readonly byNumber: Map<number, FieldPlan>
  /** Set for the types whose JSON is not an object of their fields. */
  readonly special: ((reader: WireReader, end: number) => string) | undefined
}

/** Where the values of a field start (at their tags): one place, or several. */
type Places = (number | number[] | undefined)[]

/** Prints messages of any type with the same options. Safe to share. */
export class MessagePrinter {
  readonly types: TypeSource
  readonly options: PrintOptions
  private readonly plans = new Map<DescMessage, MessagePlan>()
  private readonly always: ReadonlySet<string>

  constructor(types: TypeSource, options: PrintOptions = {}) {
    this.types = types
    this.options = options
    this.always = new Set(options.alwaysEmit)
  }

  /** JSON text of an encoded message. Throws JsonFault `UNPRINTABLE_MESSAGE`. */
  print(type: DescMessage, encoded: Uint8Array): string {
    return printable(type, () => this.printAt(type, new WireReader(encoded), encoded.length))
  }

  /**
   * JSON text of one field of an encoded message, as it would stand in the object: its zero, `[]`, `{}` or null when
   * unset. Throws JsonFault `UNPRINTABLE_MESSAGE`.
   */
  printField(type: DescMessage, name: string, encoded: Uint8Array): string {
    const plan = this.planOf(type)
    const field = plan.fields.find((candidate) => candidate.field.name === name)
    if (field === undefined) throw new Error(`${type.typeName} has no field ${name}`)
    return printable(type, () => {
      const reader = new WireReader(encoded)
      return this.fieldText(field, this.scan(plan, reader, encoded.length)[field.index], reader) ?? unset(field)
    })
  }

  /**
   * Prints the message whose bytes are from the cursor to `end`, and leaves the cursor there. For the printers of single
   * types.
   */
  printAt(type: DescMessage, reader: WireReader, end: number): string {
    const plan = this.planOf(type)
    reader.depth += 1
    if (reader.depth > MAX_DEPTH) throw new WireFault('messages nested too deeply')
    const text = plan.special === undefined ? this.object(plan, reader, end) : plan.special(reader, end)
    reader.depth -= 1
    reader.pos = end
    return text
  }

  private object(plan: MessagePlan, reader: WireReader, end: number): string {
    const places = this.scan(plan, reader, end)
    let text = ''
    for (const field of plan.fields) {
      const value = this.fieldText(field, places[field.index], reader)
      if (value !== undefined) text += text === '' ? field.key + value : `,${field.key}${value}`
    }
    return `{${text}}`
  }

  private scan(plan: MessagePlan, reader: WireReader, end: number): Places {
    const places = new Array<Places[number]>(plan.fields.length).fill(undefined)
    while (reader.pos < end) {
      const place = reader.pos
      const tag = reader.uint32()
      const number = tag >>> 3
      if ((tag & 7) === WIRE.bytes && number !== 0) reader.pos = reader.span()
      else reader.skip(tag & 7, number)
      const field = plan.byNumber.get(number) ?? this.extension(plan, number)
      if (field !== undefined && fits(field, tag & 7)) note(places, field, place)
    }
    if (reader.pos > end) throw new WireFault('a field that is longer than its message')
    return places
  }

  private extension(plan: MessagePlan, number: number): FieldPlan | undefined {
    const found = this.types.extensionOf(plan.type, number)
    return found && this.addField(plan, found)
  }

  private fieldText(plan: FieldPlan, places: number | number[] | undefined, reader: WireReader): string | undefined {
    if (places === undefined) return plan.empty
    if (plan.field.fieldKind === 'list') return this.list(plan, places, reader) ?? plan.empty
    if (plan.field.fieldKind === 'map') return this.map(plan, places, reader) ?? plan.empty
    if (plan.field.fieldKind === 'message' && typeof places !== 'number') return this.merged(plan.field.message, places, reader)
    reader.pos = typeof places === 'number' ? places : (places.at(-1) ?? 0)
    reader.uint32()
    const text = plan.print(reader)
    return text === plan.zero && plan.field.presence === FeatureSet_FieldPresence.IMPLICIT ? plan.empty : text
  }

  private list(plan: FieldPlan, places: number | number[], reader: WireReader): string | undefined {
    const items: string[] = []
    for (const place of typeof places === 'number' ? [places] : places) {
      reader.pos = place
      const packed = (reader.uint32() & 7) === WIRE.bytes && plan.wire !== WIRE.bytes
      const end = packed ? reader.span() : reader.pos + 1
      while (reader.pos < end) {
        const text = plan.print(reader)
        if (text !== undefined) items.push(text)
      }
      if (packed && reader.pos !== end) throw new WireFault('a packed list that ends within a value')
    }
    return items.length === 0 ? undefined : `[${items.join(',')}]`
  }

  private map(plan: FieldPlan, places: number | number[], reader: WireReader): string | undefined {
    const entries = new Map<string, string>()
    const keyTag = 8 | (plan.field.fieldKind === 'map' ? wireTypeOf(plan.field.mapKey) : WIRE.bytes)
    const valueTag = 16 | plan.valueWire
    for (const place of typeof places === 'number' ? [places] : places) {
      reader.pos = place
      reader.uint32()
      const end = reader.span()
      let key = plan.field.fieldKind === 'map' ? zeroText(plan.field.mapKey, {}) : ''
      let value: string | undefined
      let isBare = true
      while (reader.pos < end) {
        const tag = reader.uint32()
        if (tag === keyTag) key = plan.printKey?.(reader) ?? key
        else if (tag === valueTag) {
          value = plan.print(reader)
          isBare = false
        } else reader.skip(tag & 7, tag >>> 3)
      }
      if (reader.pos !== end) throw new WireFault('a map entry that is longer than it says')
      if (isBare)
        value = plan.field.message === undefined ? plan.zero : this.printAt(plan.field.message, new WireReader(EMPTY), 0)
      // A later entry of the same key replaces the earlier one, also in its place.
      entries.delete(key)
      if (value !== undefined) entries.set(key, value)
    }
    if (entries.size === 0) return undefined
    return `{${[...entries].map(([key, value]) => `${key.startsWith('"') ? key : `"${key}"`}:${value}`).join(',')}}`
  }

  /** A singular message that occurs several times is one message whose bytes are all of theirs. */
  private merged(type: DescMessage, places: readonly number[], reader: WireReader): string {
    const parts = places.map((place) => {
      reader.pos = place
      return messageBytes(reader, reader.uint32())
    })
    const whole = new WireReader(Buffer.concat(parts))
    whole.depth = reader.depth
    return this.printAt(type, whole, whole.length)
  }

  private planOf(type: DescMessage): MessagePlan {
    const known = this.plans.get(type)
    if (known !== undefined) return known
    const special = WELL_KNOWN_PRINTERS.get(type.typeName)
    const plan: MessagePlan = {
      type,
      fields: [],
      byNumber: new Map(),
      special: special && ((reader, end) => special(this, reader, end)),
    }
    this.plans.set(type, plan)
    for (const field of [...type.fields].sort((a, b) => a.number - b.number)) this.addField(plan, field)
    return plan
  }

  private addField(plan: MessagePlan, field: Member): FieldPlan {
    const name =
      field.kind === 'extension' ? `[${field.typeName}]` : this.options.protoNames === true ? field.name : field.jsonName
    const zero = this.zeroOf(field)
    const made: FieldPlan = {
      field,
      index: plan.fields.length,
      key: `${JSON.stringify(name)}:`,
      print: this.printerOf(field),
      printKey: field.fieldKind === 'map' ? scalarPrinter(field.mapKey, {}) : undefined,
      zero,
      empty: this.emptyOf(field, zero),
      rivals: plan.fields
        .filter((other) => field.oneof !== undefined && other.field.oneof === field.oneof)
        .map((other) => other.index),
      wire:
        field.fieldKind === 'map' || field.message !== undefined
          ? messageWire(field)
          : wireTypeOf(field.scalar ?? ScalarType.INT32),
      valueWire: field.message !== undefined ? WIRE.bytes : wireTypeOf(field.scalar ?? ScalarType.INT32),
    }
    plan.fields.push(made)
    plan.byNumber.set(field.number, made)
    // Each member of a oneof knows all others, also those that were planned before it.
    for (const index of made.rivals) (plan.fields[index]?.rivals as number[]).push(made.index)
    return made
  }

  private zeroOf(field: Member): string {
    if (field.enum !== undefined) return enumText(field.enum, field.enum.values[0] ?? { name: '', number: 0 }, this.options)
    if (field.scalar !== undefined) return zeroText(field.scalar, this.options)
    return '{}'
  }

  private emptyOf(field: Member, zero: string): string | undefined {
    if (
      this.options.emitDefaults !== true &&
      !(field.kind === 'field' && this.always.has(`${field.parent.typeName}.${field.name}`))
    )
      return undefined
    if (field.fieldKind === 'list') return '[]'
    if (field.fieldKind === 'map') return '{}'
    return field.presence === FeatureSet_FieldPresence.IMPLICIT ? zero : undefined
  }

  private printerOf(field: Member): Printer {
    const { message } = field
    if (message === undefined)
      return field.enum === undefined ? scalarPrinter(field.scalar, this.options) : enumPrinter(field.enum, this.options)
    if (messageWire(field) === WIRE.bytes) return (reader) => this.printAt(message, reader, reader.span())
    return (reader) => {
      const start = reader.pos
      const end = reader.skipGroup(field.number)
      const after = reader.pos
      reader.pos = start
      const text = this.printAt(message, reader, end)
      reader.pos = after
      return text
    }
  }
}

function printable(type: DescMessage, print: () => string): string {
  try {
    return print()
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    throw new JsonFault('UNPRINTABLE_MESSAGE', [
      { field: '', description: `not a ${type.typeName} that JSON can show: ${error.message}` },
    ])
  }
}

function note(places: Places, field: FieldPlan, place: number): void {
  for (const rival of field.rivals) places[rival] = undefined
  const before = places[field.index]
  if (before === undefined) places[field.index] = place
  else if (typeof before === 'number') places[field.index] = [before, place]
  else before.push(place)
}

/** Whether a value of this wire type is one of the field; another is an unknown field, as in all runtimes. */
function fits(plan: FieldPlan, wire: number): boolean {
  return wire === plan.wire || (wire === WIRE.bytes && plan.field.fieldKind === 'list' && plan.field.message === undefined)
}

function messageWire(field: Member): number {
  return 'delimitedEncoding' in field && field.delimitedEncoding ? WIRE.startGroup : WIRE.bytes
}

function messageBytes(reader: WireReader, tag: number): Buffer {
  if ((tag & 7) === WIRE.bytes) return reader.bytes()
  const start = reader.pos
  return reader.slice(start, reader.skipGroup(tag >>> 3))
}

function unset(plan: FieldPlan): string {
  if (plan.field.fieldKind === 'list') return '[]'
  if (plan.field.fieldKind === 'map') return '{}'
  if (plan.field.fieldKind !== 'message') return plan.zero
  return WELL_KNOWN_PRINTERS.has(plan.field.message.typeName) ? 'null' : '{}'
}
