// google.protobuf.Duration and milliseconds.
import type { Duration } from '../../gen/google/protobuf/duration.js'
import type { FieldViolations } from './field-violations.js'

/** A duration of whole milliseconds. */
export function fromMilliseconds(milliseconds: number): Duration {
  return { seconds: BigInt(Math.trunc(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 }
}

/** Milliseconds, cut to whole ones; 0 for an absent duration. */
export function toMilliseconds(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + Math.trunc(duration.nanos / 1_000_000)
}

/** Reads a required duration from `min` to `max` milliseconds; a fault is recorded under `field`. */
export function readDuration(
  field: string,
  duration: Duration | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  violations: FieldViolations,
): number {
  const milliseconds = toMilliseconds(duration)
  if (duration === undefined) violations.add(field, 'is required')
  else if (milliseconds < min || milliseconds > max) violations.add(field, `expected ${min / 1000} to ${max / 1000} seconds`)
  return milliseconds
}
