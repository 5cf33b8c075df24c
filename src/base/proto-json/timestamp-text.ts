// google.protobuf.Timestamp as RFC 3339 text, exact to the nanosecond. Source: google/protobuf/timestamp.proto.

/** Seconds since 1970-01-01T00:00:00Z, and 0 to 999,999,999 nanoseconds after them. */
export interface Instant {
  readonly seconds: bigint
  readonly nanos: number
}

/** 0001-01-01T00:00:00Z. */
const FIRST_SECOND = -62_135_596_800
/** 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/

/**
 * Reads `2024-02-29T23:59:59.000000001Z` or an offset such as `+03:00`; undefined when it is no such text, day or time,
 * or lies outside the years 1 to 9999.
 */
export function parseTimestamp(text: string): Instant | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const offset = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)
  if (hour > 23 || minute > 59 || second > 59 || Number(match[9] ?? 0) > 23 || Number(match[10] ?? 0) > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // A date that rolls over, such as February 30th, comes back as another month.
  if (date.getUTCMonth() !== month - 1 || day === 0) return undefined
  const local = date.getTime() / 1000 + hour * 3600 + minute * 60 + second
  const seconds = match[8] === '-' ? local + offset * 60 : local - offset * 60
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined
  return { seconds: BigInt(seconds), nanos: Number((match[7] ?? '').padEnd(9, '0')) }
}

/** Text in UTC with 0, 3, 6 or 9 digits after the second; undefined when the value is outside the years 1 to 9999. */
export function formatTimestamp({ seconds, nanos }: { readonly seconds: number; readonly nanos: number }): string | undefined {
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos <= 999_999_999)) return undefined
  const day = Math.floor(seconds / 86_400)
  const second = seconds - day * 86_400
  return `${dayText(day)}T${pair(Math.floor(second / 3600))}:${pair(Math.floor(second / 60) % 60)}:${pair(second % 60)}${fraction(nanos)}Z`
}

/** The date of a day since 1970. Most times of an answer are of the same day, and the calendar is the slow part. */
function dayText(day: number): string {
  if (day !== lastDay) {
    lastDay = day
    lastDayText = new Date(day * 86_400_000).toISOString().slice(0, 10)
  }
  return lastDayText
}

let lastDay = Number.NaN
let lastDayText = ''

function pair(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

/** `nanos` as `.` and 3, 6 or 9 digits; empty when 0. */
export function fraction(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`
  return nanos % 1_000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`
}
