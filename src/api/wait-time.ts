// How long a call may wait for the end of a task.
import type { Duration } from '../../gen/google/protobuf/duration.js'
import { WATCH_LIMITS } from '../limits.js'
import { toMilliseconds } from '../task/duration.js'
import type { FieldViolations } from '../task/field-violations.js'
import type { CallContext } from './api-method.js'

/** Milliseconds: what was asked for, at most WATCH_LIMITS.waitMaxMs, and so that the answer comes before the deadline. */
export function readWaitMs(timeout: Duration | undefined, { deadline }: Pick<CallContext, 'deadline'>, violations: FieldViolations): number {
  const asked = timeout === undefined ? WATCH_LIMITS.waitDefaultMs : toMilliseconds(timeout)
  if (asked < 0) violations.add('timeout', 'expected 0 seconds or more')
  const untilDeadline = Math.max(deadline - Date.now() - WATCH_LIMITS.waitMarginMs, 0)
  return Math.min(asked, WATCH_LIMITS.waitMaxMs, untilDeadline)
}
