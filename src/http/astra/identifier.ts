// Identifiers of Astra: lower-case UUIDs of version 4 or 5 (RFC 9562), or the one of zeros alone.
import { createHash } from 'node:crypto'

/** Stands where there is nobody and nothing to name. */
export const NO_IDENTIFIER = '00000000-0000-0000-0000-000000000000'

/** The form of an identifier, as a regular expression. */
export const IDENTIFIER_PATTERN = `^(${NO_IDENTIFIER}|[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$`

const IDENTIFIER = new RegExp(IDENTIFIER_PATTERN)

/** Place of the digit that is the version. */
const VERSION = 14

/** Whether `text` is an identifier. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text)
}

/** Whether `text` is an identifier of version 4: one that was given, and not derived. */
export function isGivenIdentifier(text: string): boolean {
  return isIdentifier(text) && text[VERSION] === '4'
}

/** `text` when it is an identifier; otherwise the UUID version 5 of its name in the account, always the same one. */
export function identifierOf(account: string, text: string): string {
  return isIdentifier(text) ? text : derivedIdentifier(account, text)
}

/** RFC 9562, section 5.5: SHA-1 over namespace and name, with the bits of version and variant set. */
function derivedIdentifier(namespace: string, name: string): string {
  const bytes = createHash('sha1').update(Buffer.from(namespace.replaceAll('-', ''), 'hex')).update(name).digest()
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
