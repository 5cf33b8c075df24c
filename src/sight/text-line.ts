// A line of the log for people: the time, the level, what happened, and the short part of what is known of it.
interface LogLine {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly stack?: string }
  readonly [field: string]: unknown
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO ', 40: 'WARN ', 50: 'ERROR', 60: 'FATAL' }

/** The text for one line of JSON as pino writes it. Lists and objects are left out, but the stack of an error is there. */
export function textLine(json: string): string {
  const { level, time, msg = '', err, ...fields } = JSON.parse(json) as LogLine
  const words = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' ? [] : [`${name}=${typeof value === 'string' ? word(value) : JSON.stringify(value)}`],
  )
  const stack = err?.stack === undefined ? '' : `\n${err.stack}`
  return `${[new Date(time).toISOString(), LEVELS[level] ?? level, msg, ...words].join(' ')}${stack}\n`
}

/** In quotes unless it is plainly one word: nothing that somebody is called can look like another field or line. */
function word(text: string): string {
  return /^[\w.:/@+,-]+$/.test(text) ? text : JSON.stringify(text)
}
