// Where messages have an entity tag: a field `etag` (AIP-154).
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'

/** The fields that lead to the entity tag in an answer, of which `responseBody` is sent, or all of it; undefined when it has none. */
export function etagChain(output: DescMessage, responseBody: DescField | undefined): readonly DescField[] | undefined {
  const type = responseBody === undefined ? output : responseBody.message
  if (type === undefined || (responseBody !== undefined && responseBody.fieldKind !== 'message')) return undefined
  const prefix = responseBody === undefined ? [] : [responseBody]
  const own = etagField(type)
  if (own !== undefined) return [...prefix, own]
  const [only, ...others] = type.fields
  const inner = only?.fieldKind === 'message' && others.length === 0 ? etagField(only.message) : undefined
  return only && inner && [...prefix, only, inner]
}

/** The field of a message that is its entity tag. */
export function etagField(type: DescMessage): DescField | undefined {
  return type.fields.find((field) => field.name === 'etag' && field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING)
}
