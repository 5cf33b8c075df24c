// Page tokens (AIP-158): opaque to callers, bound to the list they continue, and good for a day.
import { hash } from 'node:crypto'
import { LIST_LIMITS } from '../limits.js'
import type { InstanceId } from './identifiers.js'
import { TaskError, type Reason } from './task-error.js'
import type { ListOrder } from './task-store.js'

/** What a list has to keep the same from page to page. */
export interface ListIdentity {
  readonly instance: InstanceId
  /** As the caller wrote it. */
  readonly filter: string
  readonly order: ListOrder
}

// Layout: version (1 byte), issued at (8 bytes, milliseconds), position (8 bytes), digest of the list (16 bytes),
// digest of all before (8 bytes). The digests catch mistakes, not forgers: a token gives no access that its caller
// does not have.
const VERSION = 1
const ISSUED_AT = 1
const POSITION = 9
const LIST_DIGEST = 17
const CHECKSUM = 33
const LENGTH = 41

/** A token to read on after `position`. */
export function writePageToken(list: ListIdentity, position: bigint, now: Date): string {
  const bytes = Buffer.alloc(LENGTH)
  bytes.writeUInt8(VERSION)
  bytes.writeBigInt64BE(BigInt(now.getTime()), ISSUED_AT)
  bytes.writeBigInt64BE(position, POSITION)
  digestOf(list).copy(bytes, LIST_DIGEST)
  checksumOf(bytes).copy(bytes, CHECKSUM)
  return bytes.toString('base64url')
}

/**
 * The position in `token`; undefined for the empty token. Throws INVALID_ARGUMENT: INVALID_PAGE_TOKEN when it is not a
 * token or too old, PAGE_TOKEN_MISMATCH when it continues another list.
 */
export function readPageToken(token: string, list: ListIdentity, now: Date): bigint | undefined {
  if (token === '') return undefined
  const bytes = token.length <= LIST_LIMITS.pageTokenLength ? Buffer.from(token, 'base64url') : Buffer.alloc(0)
  if (!isIntact(bytes, token)) throw refused('INVALID_PAGE_TOKEN', 'expected a next_page_token of this list')
  if (now.getTime() - Number(bytes.readBigInt64BE(ISSUED_AT)) > LIST_LIMITS.pageTokenAgeMs) {
    throw refused('INVALID_PAGE_TOKEN', 'is older than 24 hours; list again from the first page')
  }
  if (!bytes.subarray(LIST_DIGEST, CHECKSUM).equals(digestOf(list))) {
    throw refused('PAGE_TOKEN_MISMATCH', 'belongs to a list of another service instance, filter or order')
  }
  return bytes.readBigInt64BE(POSITION)
}

function isIntact(bytes: Buffer, token: string): boolean {
  return (
    bytes.length === LENGTH &&
    bytes.readUInt8() === VERSION &&
    bytes.toString('base64url') === token &&
    bytes.subarray(CHECKSUM).equals(checksumOf(bytes))
  )
}

function digestOf({ instance, filter, order }: ListIdentity): Buffer {
  return sha256(JSON.stringify([instance, filter, order.field, order.descending])).subarray(0, CHECKSUM - LIST_DIGEST)
}

function checksumOf(bytes: Buffer): Buffer {
  return sha256(bytes.subarray(0, CHECKSUM)).subarray(0, LENGTH - CHECKSUM)
}

function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

function refused(reason: Reason, description: string): TaskError {
  const fieldViolations = [{ field: 'page_token', description }]
  return new TaskError('INVALID_ARGUMENT', reason, `page_token: ${description}`, { fieldViolations })
}
