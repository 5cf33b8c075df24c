// What a setting is, and how a value that is none is named.

/** One setting: its flag, its environment variable, its default. */
export interface Setting {
  /** Long flag without its dashes, such as `grpc-address`. */
  readonly flag: string
  readonly variable: string
  /** How the value looks, for the help text. */
  readonly form: string
  readonly fallback: string
  readonly description: string
}

/** `--flag (VARIABLE) is "found"; expected ...`. */
export function faultOf({ flag, variable }: Setting, found: string, expected: string): string {
  return `--${flag} (${variable}) is ${JSON.stringify(found)}; expected ${expected}`
}

/** The parts of a list with commas between, without blanks around them. */
export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '')
}
