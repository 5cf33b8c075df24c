// When whoever polls for a task should ask again: from how the task goes, and how busy the server is. Pure.
import type { Task } from '../../gen/openshift/v1/task.js'
import { POLL_LIMITS } from '../limits.js'
import { isTerminal, type Status } from './lifecycle.js'

/** What a hint depends on beside the task. */
export interface PollCircumstances {
  readonly now: Date
  /** How much of what the server can do at once it does, 0 to 1; up to a half it changes nothing. */
  readonly load: number
  /** A random number from 0 to 1, another one for each hint. */
  readonly random: number
}

/** Milliseconds after which to ask for the task again, from POLL_LIMITS.minMs to maxMs; undefined once it has ended. */
export function pollHint(task: Task, { now, load, random }: PollCircumstances): number | undefined {
  if (isTerminal(task.status as Status)) return undefined
  const { minMs, maxMs, parts, busyStretch, spreadPercent } = POLL_LIMITS
  const calm = Math.max(timeScale(task, now) / parts, minMs)
  const stretch = 1 + (busyStretch - 1) * Math.min(Math.max(2 * load - 1, 0), 1)
  const spread = 1 - (spreadPercent / 100) * random
  return Math.round(Math.max(Math.min(calm * stretch, maxMs) * spread, minMs))
}

/** Milliseconds in which something is likely to happen to a live task, as far as one can tell from here. */
function timeScale(task: Task, now: Date): number {
  switch (task.status as Status) {
    case 'PENDING':
      return since(task.createdAt, now)
    case 'PAUSING':
      return since(task.pauseRequest?.requestedAt, now)
    case 'CANCELLING':
      return since(task.cancelRequest?.requestedAt, now)
    case 'RUNNING':
      return untilEnd(task, now)
    default:
      // PAUSED: it stands still until somebody wants it otherwise.
      return Infinity
  }
}

/** What is left at the pace until the last write, or how long ago that was if that is longer; without progress, the age. */
function untilEnd({ startedAt, modifiedAt, progressPercent = 0 }: Task, now: Date): number {
  const running = since(startedAt, now)
  if (progressPercent === 0) return running
  const silent = since(modifiedAt, now)
  const left = ((running - silent) * (100 - progressPercent)) / progressPercent - silent
  return Math.max(left, silent)
}

/** Milliseconds; 0 for a time that the clock of this process has not reached. */
function since(time: Date | undefined, now: Date): number {
  return time === undefined ? 0 : Math.max(now.getTime() - time.getTime(), 0)
}
