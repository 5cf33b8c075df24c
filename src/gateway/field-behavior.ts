// google.api.field_behavior of a field, whether or not the schema carries the extension's own definition. Source: AIP-203.
import type { DescField } from '@bufbuild/protobuf'
import { WIRE, WireReader } from '../base/proto-json/wire-reader.js'

/** Values of google.api.FieldBehavior. */
export const BEHAVIOR = { required: 2, outputOnly: 3, inputOnly: 4, identifier: 8 } as const

/** Number of the extension of google.protobuf.FieldOptions. */
const FIELD_BEHAVIOR = 1052

/** Whether a field has one of the behaviours. */
export function behaves(field: DescField, ...behaviors: readonly number[]): boolean {
  return (field.proto.options?.$unknown ?? []).some(({ no, wireType, data }) => {
    if (no !== FIELD_BEHAVIOR) return false
    const reader = new WireReader(data)
    const isPacked: boolean = (wireType as number) === WIRE.bytes
    const end = isPacked ? reader.span() : 1
    const values: number[] = []
    while (reader.pos < end) values.push(reader.uint32())
    return values.some((value) => behaviors.includes(value))
  })
}
