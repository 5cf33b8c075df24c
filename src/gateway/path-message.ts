// Messages of requests that say nothing but their path, when that is text: what most reads are.
import { ScalarType, type DescField } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Encodes a message out of the decoded variables of a path. */
export type PathMessage = (values: readonly string[]) => Uint8Array

/** How to encode the fields that `variables` lead to; undefined unless each of them is text of the message itself. */
export function pathMessage(variables: readonly (readonly DescField[])[]): PathMessage | undefined {
  const fields = variables.map(([field, ...inner]) => (inner.length === 0 && isText(field) ? field : undefined))
  if (fields.includes(undefined)) return undefined
  const numbers = fields.map((field) => field?.number ?? 0)
  return (values) => {
    const writer = new BinaryWriter()
    for (const [index, number] of numbers.entries()) writer.tag(number, WireType.LengthDelimited).string(values[index] ?? '')
    return writer.finish()
  }
}

function isText(field: DescField | undefined): boolean {
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && field.oneof === undefined
}
