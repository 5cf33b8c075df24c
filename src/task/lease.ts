// Leases: who does the work of a task, how long its silence is borne, and how the next owner is told from the last.
import { randomUUID, timingSafeEqual } from 'node:crypto'
import type { LeasePolicy } from '../../gen/openshift/v1/task_producer_service.js'
import { Lease, type Task } from '../../gen/openshift/v1/task.js'
import { LEASE_LIMITS } from '../limits.js'
import { fromMilliseconds, readDuration, toMilliseconds } from './duration.js'
import type { FieldViolations } from './field-violations.js'
import { readOptionalWord } from './identifiers.js'
import { isLive, type Status } from './lifecycle.js'
import { TaskError } from './task-error.js'

/** Reads the lease policy of CreateTask: the lease of a task that nobody has begun. */
export function readLeasePolicy(field: string, policy: LeasePolicy | undefined, violations: FieldViolations): Lease | undefined {
  if (policy === undefined) return undefined
  const ttlMs = readDuration(`${field}.ttl`, policy.ttl, { min: LEASE_LIMITS.ttlMinMs, max: LEASE_LIMITS.ttlMaxMs }, violations)
  const maxAttempts = policy.maxAttempts === 0 ? 1 : policy.maxAttempts
  if (maxAttempts < 1 || maxAttempts > LEASE_LIMITS.attempts) {
    violations.add(`${field}.max_attempts`, `expected 1 to ${LEASE_LIMITS.attempts}`)
  }
  return Lease.create({ ttl: fromMilliseconds(ttlMs), maxAttempts })
}

/** Reads a token; '' when there is none. One that an owner chooses must not be short. */
export function readLeaseToken(token: string, violations: FieldViolations, minLength = 0): string {
  const field = 'lease_token'
  if (token !== '' && token.length < minLength) violations.add(field, `expected at least ${minLength} characters`)
  else readOptionalWord(field, token, LEASE_LIMITS.tokenLength, violations)
  return token
}

/** A token that nobody can guess. */
export function newLeaseToken(): string {
  return randomUUID()
}

/** The lease in the hands of its next owner. */
export function granted(lease: Lease, owner: string, now: Date): Lease {
  return { ...renewed(lease, now), owner, attempt: lease.attempt + 1 }
}

/** The lease for one more `ttl`. */
export function renewed(lease: Lease, now: Date): Lease {
  return { ...lease, expiresAt: new Date(now.getTime() + toMilliseconds(lease.ttl)) }
}

/** Whether the task may have another owner once this one is lost. */
export function hasAttemptsLeft(lease: Lease): boolean {
  return lease.attempt < lease.maxAttempts
}

/**
 * Throws ABORTED (LEASE_LOST) when a write is not by the owner of the task's lease: the task is live under a lease and
 * `token` is not its token, or `token` is given and is no longer anybody's.
 */
export function checkLeaseToken(task: Task, current: string, token: string): void {
  const isGuarded = task.lease !== undefined && isLive(task.status as Status)
  if (!isGuarded && token === '') return
  if (current !== '' && isSameToken(current, token)) return
  throw leaseLost()
}

/** Compares in a time that tells nothing of where tokens differ. */
export function isSameToken(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** ABORTED: the writer does not own the work any more. */
function leaseLost(): TaskError {
  return new TaskError('ABORTED', 'LEASE_LOST', 'The lease is not held with this token: stop the work')
}

/** FAILED_PRECONDITION: somebody else owns the work. */
export function leaseHeld(lease: Lease, taskId: string): TaskError {
  const message = `The lease is held by ${lease.owner} until it lapses`
  return new TaskError('FAILED_PRECONDITION', 'LEASE_HELD', message, {
    metadata: { owner: lease.owner },
    taskId,
    precondition: message,
  })
}
