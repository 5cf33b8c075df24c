// google.protobuf.Duration as text: `3.5s`. Source: google/protobuf/duration.proto.
import { fraction } from './timestamp-text.js'

/** Seconds and nanoseconds, both with the sign of the duration. */
export interface Span {
  readonly seconds: bigint
  readonly nanos: number
}

/** 10,000 years, the most that a Duration may be. */
const MAX_SECONDS = 315_576_000_000n

/** Reads `-1.500s`, up to 9 digits after the point; undefined when it is no such text or longer than 10,000 years. */
export function parseDuration(text: string): Span | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text)
  if (match === null) return undefined
  const seconds = BigInt(match[2] ?? 0)
  const nanos = Number((match[3] ?? '').padEnd(9, '0'))
  if (seconds > MAX_SECONDS || (seconds === MAX_SECONDS && nanos > 0)) return undefined
  return match[1] === '-' ? { seconds: -seconds, nanos: nanos === 0 ? 0 : -nanos } : { seconds, nanos }
}

/** Text with 0, 3, 6 or 9 digits after the second; undefined when out of range or when the signs disagree. */
export function formatDuration({ seconds, nanos }: { readonly seconds: number; readonly nanos: number }): string | undefined {
  if (Math.abs(seconds) > Number(MAX_SECONDS) || nanos > 999_999_999 || nanos < -999_999_999) return undefined
  if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) return undefined
  const sign = seconds < 0 || nanos < 0 ? '-' : ''
  return `${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`
}
