// Takes what looks like a secret out of words and text. It knows names and forms, not secrets.

/** What stands where a secret was. */
export const REDACTED = '[redacted]'

/** In the lower-case parts of a name, joined by dashes: words that mean a secret wherever they stand, then as a whole. */
const SECRET_NAME = /passw(?:or)?d|passphrase|secret|credential|cookie|kubeconfig|(?:api|access|account|private|encryption|signing|ssh)-?key|conn(?:ection)?-?string|tokens?(?:-|$)|(?:^|-)(?:\w*pass|\w*pwd|auth|authorization|bearer|jwt)(?:-|$)/
/** `--password` or `DB_PASSWORD:`, whose value is the next word. */
const NAME_ALONE = /^["'\\{]*(?:-{1,2}([\w.-]+)|([\w.-]+)["'\\]*[=:])$/
/** What stands before the credentials of an Authorization header. */
const SCHEME = /^(?:bearer|basic)$/i
/** Options of curl and others whose value is USER:PASSWORD. */
const USER_FLAG = /^(?:-u|-U|--user|--proxy-user)$/
const USER_VALUE = /^((?:-[uU]|--(?:proxy-)?user=)[^\s:=]+:)[^]+$/
// https://user:x@host; the part before the host ends at the last @ before a slash.
const USERINFO = /(https?)?(:\/\/)([^\s/?#]*)@/gi
/** The credentials of a header, wherever they stand. */
const BEARER = /\b(bearer\s+)[^\s"',;]+/gi
/** Characters of a text that are looked at together. */
const STEP = 4096
const OPTION = /^-{1,2}[A-Za-z]/
/** Text that may be a command line: options or assignments. */
const COMMAND = /(?:^|\s)-{1,2}[A-Za-z]|[^\s=]=[^\s=]/
/** Words of a shell, with their quotes. */
const SHELL_WORD = /(?:[^\s'"\\;&|()<>]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+/g

/** The words of a command line with secrets replaced. */
export function redactWords(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const before = words[index - 1] ?? ''
    if (isSecretAhead(before) && !word.startsWith('-')) return REDACTED
    if (USER_FLAG.test(before) && word.includes(':')) return `${word.slice(0, word.indexOf(':') + 1)}${REDACTED}`
    return word.length > STEP ? redactText(word) : redactWord(word)
  })
}

/** A text with secrets replaced: credentials in web addresses and headers, and what a command line names as secret. */
export function redactText(text: string): string {
  // In steps: the time goes with the square of the length.
  const steps = Array.from({ length: Math.ceil(text.length / STEP) }, (_, index) => text.slice(index * STEP, (index + 1) * STEP))
  return steps.map(redactStep).join('')
}

/** A list of text with secrets replaced; one with options is a command line, where an option says what the next word is. */
export function redactList(texts: readonly string[]): string[] {
  return texts.some((text) => OPTION.test(text)) ? redactWords(texts) : texts.map(redactText)
}

function redactStep(text: string): string {
  const safe = text.replace(USERINFO, redactUserInfo).replace(BEARER, `$1${REDACTED}`)
  return COMMAND.test(safe) ? redactWord(safe) : safe
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
export function isSecretName(name: string): boolean {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').split(/[-_.\s]+/)
  return SECRET_NAME.test(parts.filter(Boolean).join('-').toLowerCase())
}

/** Keeps the name of the user beside a password; alone before the host of a web address, it is a token. */
function redactUserInfo(whole: string, scheme: string | undefined, slashes: string, userInfo: string): string {
  const [user = '', password] = userInfo.split(/:([^]*)/)
  const begin = `${scheme ?? ''}${slashes}`
  if (password !== undefined && password !== '') return `${begin}${user}:${REDACTED}@`
  return scheme === undefined ? whole : `${begin}${REDACTED}@`
}
