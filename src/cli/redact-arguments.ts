// Takes what looks like a secret out of a command line before it is recorded. It knows names and forms, not secrets.

const REDACTED = '[redacted]'
/** Bytes of arguments that are recorded; only these are looked at. */
const MAX_BYTES = 4096

/** In the lower-case parts of a name, joined by dashes: words that mean a secret wherever they stand, then as a whole. */
const SECRET_NAME = /passw(?:or)?d|passphrase|secret|credential|(?:api|access|account|private|encryption|signing)-?key|token(?:-|$)|(?:^|-)(?:\w*pass|\w*pwd|auth|authorization|bearer|jwt)(?:-|$)/
/** `--password` or `DB_PASSWORD:`, whose value is the next word. */
const NAME_ALONE = /^["'\\{]*(?:-{1,2}([\w.-]+)|([\w.-]+)["'\\]*[=:])$/
/** What stands before the credentials of an Authorization header. */
const SCHEME = /^(?:bearer|basic)$/i
/** Options of curl and others whose value is USER:PASSWORD. */
const USER_FLAG = /^(?:-u|-U|--user|--proxy-user)$/
const USER_VALUE = /^((?:-[uU]|--(?:proxy-)?user=)[^\s:=]+:)[^]+$/
// https://user:x@host; the part before the host ends at the last @ before a slash.
const USERINFO = /(https?)?(:\/\/)([^\s/?#]*)@/gi
/** Words of a shell, with their quotes. */
const SHELL_WORD = /(?:[^\s'"\\;&|()<>]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+/g

/** The arguments with secrets replaced, cut after 4 KiB. */
export function redactArguments(given: readonly string[]): string[] {
  return redactWords(withinBytes(given))
}

function redactWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? ''
    if (isSecretAhead(before) && !word.startsWith('-')) return REDACTED
    if (USER_FLAG.test(before) && word.includes(':')) return `${word.slice(0, word.indexOf(':') + 1)}${REDACTED}`
    return redactWord(word)
  })
}

function isSecretAhead(word: string): boolean {
  const [, flag, name] = NAME_ALONE.exec(word) ?? []
  return SCHEME.test(word) || isSecretName(flag ?? name ?? '')
}

function redactWord(word: string): string {
  const quote = /^(["'])[^]*\1$/.exec(word)?.[1]
  if (quote !== undefined && word.length > 1) return `${quote}${redactWord(word.slice(1, -1))}${quote}`
  const safe = word.replace(USERINFO, redactUserInfo).replace(USER_VALUE, `$1${REDACTED}`)
  const value = secretValueAt(safe)
  const words = safe.match(SHELL_WORD) ?? []
  const isScript = words.length > 1 && /\s/.test(safe)
  if (value !== undefined && (value.name === 0 || !isScript)) return `${safe.slice(0, value.from)}${REDACTED}`
  return isScript ? redactScript(safe, words) : safe
}

/** A command line within an argument, such as that of `sh -c`. */
function redactScript(text: string, words: readonly string[]): string {
  const redacted = redactWords(words)
  let index = 0
  return text.replace(SHELL_WORD, (word) => redacted[index++] ?? word)
}

/** Where the first value of a secret name begins, and where the name does, dashes aside: `--db-password=x`, `{"token":"x"}`. */
function secretValueAt(text: string): { readonly name: number; readonly from: number } | undefined {
  const parts = text.match(/[\w.-]+|[^\w.-]+/g) ?? []
  let at = 0
  for (const [index, part] of parts.entries()) {
    const end = at + part.length
    const separator = /^["'\\]*[=:]/.exec(parts[index + 1] ?? '')?.[0]
    const isPair = separator !== undefined && isSecretName(part) && end + separator.length < text.length
    if (isPair) return { name: at, from: end + separator.length }
    at = end
  }
  return undefined
}

/** Whether `dbPassword`, `PGPASSWORD`, `auth.token` or the like names a secret. */
function isSecretName(name: string): boolean {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').split(/[-_.]+/)
  return SECRET_NAME.test(parts.filter(Boolean).join('-').toLowerCase())
}

/** Keeps the name of the user beside a password; alone before the host of a web address, it is a token. */
function redactUserInfo(whole: string, scheme: string | undefined, slashes: string, userInfo: string): string {
  const [user = '', password] = userInfo.split(/:([^]*)/)
  const begin = `${scheme ?? ''}${slashes}`
  if (password !== undefined && password !== '') return `${begin}${user}:${REDACTED}@`
  return scheme === undefined ? whole : `${begin}${REDACTED}@`
}

function withinBytes(values: readonly string[]): string[] {
  let bytes = 0
  const kept = values.findIndex((value) => (bytes += Buffer.byteLength(value)) > MAX_BYTES)
  return kept === -1 ? [...values] : [...values.slice(0, kept), '[cut]']
}
