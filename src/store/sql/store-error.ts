// What callers are told when a store does not answer.
import { CALL_LIMITS } from '../../limits.js'
import { TaskError } from '../../task/task-error.js'

/** UNAVAILABLE: the store did not answer; a write may have been applied. */
export function storeUnavailable(): TaskError {
  return new TaskError('UNAVAILABLE', 'STORE_UNAVAILABLE', 'The store did not answer', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}

/** RESOURCE_EXHAUSTED: the disk of the store is full. */
export function storeFull(): TaskError {
  return new TaskError('RESOURCE_EXHAUSTED', 'STORE_FULL', 'The store has no room; nothing was written')
}

/** UNAVAILABLE: the store is closed or closing. */
export function storeClosed(): TaskError {
  return new TaskError('UNAVAILABLE', 'SHUTTING_DOWN', 'The server is stopping', {
    retryDelayMs: CALL_LIMITS.retryDelayMs,
  })
}
