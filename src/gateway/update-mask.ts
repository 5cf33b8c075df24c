// The update mask of a PATCH that came without one: the fields that its body names. Source: AIP-134, grpc-gateway.
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { Draft } from '../base/proto-json/draft.js'
import { JsonObject } from '../base/proto-json/json-text.js'
import type { JsonNode } from '../base/proto-json/json-text.js'
import { fieldsByName } from '../base/proto-json/read-message.js'
import { WELL_KNOWN_READERS } from '../base/proto-json/read-well-known.js'
import { BEHAVIOR, behaves } from './field-behavior.js'
import type { Route } from './route.js'

const MASK = 'google.protobuf.FieldMask'

/** The field of the request that holds the mask: `update_mask`, or the only field of that type. */
function maskField(type: DescMessage): (DescField & { readonly message: DescMessage }) | undefined {
  const masks = type.fields.filter(
    (field): field is DescField & { fieldKind: 'message' } => field.fieldKind === 'message' && field.message.typeName === MASK,
  )
  return masks.find((field) => field.name === 'update_mask') ?? (masks.length === 1 ? masks[0] : undefined)
}

/**
 * Fills the mask of a PATCH whose body is one field, from the members that the body has, also those it sets to null or
 * zero. Fields that a caller cannot change are left out: those that the path binds, those that are OUTPUT_ONLY or
 * IDENTIFIER (AIP-203), and `etag`, which is a condition (AIP-154).
 */
export function fillMask(route: Route, draft: Draft, body: JsonNode | undefined): void {
  if (route.httpMethod !== 'PATCH' || typeof route.body !== 'object' || route.body.fieldKind !== 'message') return
  const mask = maskField(route.method.input)
  const given = mask && draft.get(mask)
  if (mask === undefined || !(body instanceof JsonObject) || (given instanceof Draft && !given.isBlank)) return
  const bound = new Set(route.variables.map((chain) => chain.map((field) => field.name).join('.')))
  const paths = namedFields(route.body.message, body, { prefix: '', root: route.body.name, bound })
  if (paths.length > 0) draft.child(mask).setByName('paths', paths)
}

function namedFields(
  type: DescMessage,
  object: JsonObject,
  at: { prefix: string; root: string; bound: ReadonlySet<string> },
): string[] {
  return object.members.flatMap(([key, node]) => {
    const field = fieldsByName(type).get(key)
    if (field?.kind !== 'field') return []
    const path = `${at.prefix}${field.name}`
    if (at.bound.has(`${at.root}.${path}`) || path === 'etag' || behaves(field, BEHAVIOR.outputOnly, BEHAVIOR.identifier))
      return []
    const isOpen =
      field.fieldKind === 'message' &&
      !WELL_KNOWN_READERS.has(field.message.typeName) &&
      node instanceof JsonObject &&
      node.members.length > 0
    return isOpen ? namedFields(field.message, node, { ...at, prefix: `${path}.` }) : [path]
  })
}
