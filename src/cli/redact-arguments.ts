// Takes what looks like a secret out of a command line before it is recorded.

const REDACTED = '[redacted]'
/** Bytes of arguments that are recorded. */
const MAX_BYTES = 4096

const SECRET_WORD = 'pass(?:word|wd|phrase)?|pwd|secret|token|api-?key|access-?key|private-?key|credentials?|auth(?:orization)?|bearer'
// --db-password=x, DB_PASSWORD=x: a name with a secret word in it, then its value.
const ASSIGNMENT = new RegExp(`^(-{0,2}(?:[\\w.]+[-_.])*(?:${SECRET_WORD})(?:[-_.][\\w.-]+)?[=:])(.*)$`, 'isu')
// --db-password x: the value is the next argument.
const FLAG = new RegExp(`^-{1,2}(?:[\\w.]+[-_.])*(?:${SECRET_WORD})$`, 'iu')
// https://user:x@host
const USERINFO = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+(@)/giu

/** The arguments with secrets replaced, cut after 4 KiB. */
export function redactArguments(given: readonly string[]): string[] {
  const redacted = given.map((argument, index) => {
    const isValueOfSecret = FLAG.test(given[index - 1] ?? '') && !argument.startsWith('-')
    return isValueOfSecret ? REDACTED : redactArgument(argument)
  })
  return withinBytes(redacted)
}

function redactArgument(argument: string): string {
  return argument.replace(ASSIGNMENT, `$1${REDACTED}`).replace(USERINFO, `$1${REDACTED}$2`)
}

function withinBytes(values: readonly string[]): string[] {
  let bytes = 0
  const kept = values.findIndex((value) => (bytes += Buffer.byteLength(value)) > MAX_BYTES)
  return kept === -1 ? [...values] : [...values.slice(0, kept), '[cut]']
}
