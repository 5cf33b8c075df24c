// What is wrong with a JSON text, or with a message that JSON cannot show: which fields, and what was expected of them.

/** One thing that is wrong. */
export interface FieldFault {
  /** Path by the names of the proto, such as `task.status_details[2].title`; empty when the text as a whole is meant. */
  readonly field: string
  /** Such as "expected a string, got a number". */
  readonly description: string
}

/**
 * Kind of fault; stable. MALFORMED_JSON: the text is not JSON. JSON_TOO_DEEP: it nests too deeply. INVALID_FIELD: it is
 * JSON, but not of the message type. UNPRINTABLE_MESSAGE: the encoded message is broken, or holds what JSON cannot show.
 */
export type JsonFaultReason = 'MALFORMED_JSON' | 'JSON_TOO_DEEP' | 'INVALID_FIELD' | 'UNPRINTABLE_MESSAGE'

/** A JSON text that is not the message, or a message that is not JSON. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault'

  readonly reason: JsonFaultReason
  /** At least one, at most 16. */
  readonly faults: readonly FieldFault[]

  constructor(reason: JsonFaultReason, faults: readonly FieldFault[]) {
    super(faults.map((fault) => (fault.field === '' ? fault.description : `${fault.field}: ${fault.description}`)).join('; '))
    this.reason = reason
    this.faults = faults
  }
}

/** How many faults one answer names; a reader stops at this many. */
export const MAX_FAULTS = 16

/** `parent` followed by the field `name`. */
export function fieldPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`
}

/** `parent` followed by a map key: `labels.env`, or `labels["a.b"]` where the key is not a plain word. */
export function keyPath(parent: string, key: string): string {
  return /^[\w-]{1,63}$/.test(key) ? fieldPath(parent, key) : `${parent}[${JSON.stringify(key.slice(0, 63))}]`
}
