// Times and numbers as people of a language write them.
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Writes values in one language, in the reader's time zone. */
export class Format {
  private readonly tag: string
  private readonly relative: Intl.RelativeTimeFormat
  private readonly numbers: Intl.NumberFormat
  private readonly time: Intl.DateTimeFormat
  private readonly date: Intl.DateTimeFormat
  private readonly minutes: Intl.DateTimeFormat

  /** `tag`: a language, perhaps with a region (BCP 47), which decides between clocks of 12 and 24 hours. */
  constructor(tag: string) {
    this.tag = tag
    // The narrow form of Russian is a number with a minus sign.
    this.relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: tag.startsWith('ru') ? 'short' : 'narrow' })
    this.numbers = new Intl.NumberFormat(tag)
    this.time = new Intl.DateTimeFormat(tag, { timeStyle: 'medium' })
    this.date = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' })
    this.minutes = new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' })
  }

  number(value: number | bigint): string {
    return this.numbers.format(value)
  }

  percent(value: number): string {
    return new Intl.NumberFormat(this.tag, { style: 'percent' }).format(value / 100)
  }

  /** A moment: the time alone when it was on the same day as `now`. */
  moment(at: number, now: number): string {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString()
    return (isToday ? this.time : this.date).format(at)
  }

  /** A moment with its date. */
  dateTime(at: number): string {
    return this.date.format(at)
  }

  /** A time of the day. */
  clock(at: number, hasSeconds: boolean): string {
    return (hasSeconds ? this.time : this.minutes).format(at)
  }

  /** How long ago, in the largest unit that fits. */
  ago(ms: number): string {
    if (ms < MINUTE) return this.relative.format(-Math.max(Math.floor(ms / SECOND), 0), 'second')
    if (ms < HOUR) return this.relative.format(-Math.floor(ms / MINUTE), 'minute')
    if (ms < DAY) return this.relative.format(-Math.floor(ms / HOUR), 'hour')
    return this.relative.format(-Math.floor(ms / DAY), 'day')
  }

  /** A length of time, in its two largest units; what is left of them is cut, as in `ago`. */
  duration(ms: number): string {
    const units: [size: number, name: string][] = [
      [DAY, 'day'],
      [HOUR, 'hour'],
      [MINUTE, 'minute'],
      [SECOND, 'second'],
    ]
    const whole = Math.max(Math.floor(ms / SECOND) * SECOND, 0)
    const first = units.findIndex(([size]) => whole >= size)
    if (first < 0) return this.unit(0, 'second')
    const [size, name] = units[first] ?? [SECOND, 'second']
    const [nextSize, nextName] = units[first + 1] ?? [SECOND, 'second']
    const rest = Math.floor((whole % size) / nextSize)
    return [this.unit(Math.floor(whole / size), name), ...(rest === 0 || size === SECOND ? [] : [this.unit(rest, nextName)])].join(' ')
  }

  private unit(value: number, unit: string): string {
    return new Intl.NumberFormat(this.tag, { style: 'unit', unit, unitDisplay: 'narrow' }).format(value)
  }
}

/** Milliseconds of a `google.protobuf.Duration` as JSON has it, such as `15s`; undefined when it is none. */
export function durationMs(text: string | undefined): number | undefined {
  const [, seconds] = /^(-?\d+(?:\.\d+)?)s$/.exec(text ?? '') ?? []
  return seconds === undefined ? undefined : Number(seconds) * SECOND
}
