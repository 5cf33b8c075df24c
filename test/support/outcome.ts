// What a piece of work comes to, as one value that fits in a table.
import { TaskError } from '../../src/task/task-error.js'

/** The value of `work`, or the reason of the TaskError that it throws. */
export function outcome<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    if (error instanceof TaskError) return error.reason
    throw error
  }
}

/** What `work` throws. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown')
}
