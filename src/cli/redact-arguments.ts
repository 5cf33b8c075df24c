// Takes what looks like a secret out of a command line before it is recorded.
import { redactWords } from '../base/secrets.js'

/** Bytes of arguments that are recorded; only these are looked at. */
const MAX_BYTES = 4096

/** The arguments with secrets replaced, cut after 4 KiB. */
export function redactArguments(given: readonly string[]): string[] {
  return redactWords(withinBytes(given))
}

function withinBytes(values: readonly string[]): string[] {
  let bytes = 0
  const kept = values.findIndex((value) => (bytes += Buffer.byteLength(value)) > MAX_BYTES)
  return kept === -1 ? [...values] : [...values.slice(0, kept), '[cut]']
}
