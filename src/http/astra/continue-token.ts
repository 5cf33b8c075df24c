// `continue`: page tokens in letters and digits alone, since clients of Astra put them into URLs as they are.
import { readPageToken, writePageToken, type ListIdentity } from '../../task/page-token.js'
import { TaskError } from '../../task/task-error.js'
import type { InvalidParams } from './invalid-params.js'

// The bytes in hexadecimal. With these two characters the length is a multiple of four, as base64 has it.
const MARK = 'A1'
const FORM = /^A1(?:[0-9a-f]{2})+$/

/** A token to read on after `position`. */
export function writeContinue(list: ListIdentity, position: bigint, now: Date): string {
  return MARK + Buffer.from(writePageToken(list, position, now), 'base64url').toString('hex')
}

/** The position in `token`; a token that is none, too old or of another list is a fault of the parameter `continue`. */
export function readContinue(token: string, list: ListIdentity, now: Date, invalid: InvalidParams): bigint | undefined {
  try {
    const isToken = FORM.test(token)
    if (isToken) return readPageToken(Buffer.from(token.slice(MARK.length), 'hex').toString('base64url'), list, now)
    invalid.add('continue', EXPECTED)
  } catch (error) {
    if (!(error instanceof TaskError)) throw error
    invalid.add('continue', EXPECTED)
  }
  return undefined
}

const EXPECTED = 'expected the continue of the page before, of the same account and filter, at most 24 hours old'
