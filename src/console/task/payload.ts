// What is in a google.protobuf.Any as the API prints it with `any=canonical`.
import type { AnyJson } from '../api/task.js'

/** A payload: of a known type, its fields; of another one, its bytes. */
export type Payload =
  | { readonly kind: 'known'; readonly type: string; readonly value: unknown }
  | { readonly kind: 'unknown'; readonly type: string; readonly base64: string; readonly bytes: number }

/** Reads it. Types with a JSON form of their own, such as Struct, stand in `value` beside `@type`. */
export function payloadOf(any: AnyJson): Payload {
  const { '@type': known, ...fields } = any
  if (typeof known !== 'string') {
    const base64 = textOf(any['value'])
    return { kind: 'unknown', type: textOf(any['typeUrl']), base64, bytes: bytesOf(base64) }
  }
  const isOwnForm = known.includes('/google.protobuf.') && Object.keys(fields).length === 1 && 'value' in fields
  return { kind: 'known', type: known.slice(known.lastIndexOf('/') + 1), value: isOwnForm ? fields['value'] : fields }
}

/** Whether a payload is of the type `name`. */
export function isOfType(any: AnyJson, name: string): boolean {
  return textOf(any['@type']).endsWith(`/${name}`)
}

function bytesOf(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
