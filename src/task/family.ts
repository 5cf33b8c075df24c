// Parents and their parts: who may become a part, and what a write of one means to the others. Pure.
import type { Task } from '../../gen/openshift/v1/task.js'
import { FAMILY_LIMITS } from '../limits.js'
import { statusOf } from './apply-update.js'
import { isTerminal } from './lifecycle.js'
import { TaskError, taskNotFound } from './task-error.js'

/** What is known of the parent that a new task names. */
export interface ParentFacts {
  readonly parent: Task | undefined
  /** Parts, theirs included, of the task at the top of its family. */
  readonly descendants: number
  /** Generations above the new task. */
  readonly depth: number
}

/** What follows from a write for other tasks. */
export interface Consequences {
  /** The parts of this task are to be cancelled too. */
  readonly cancelsChildren: boolean
  /** The progress of the parent may have moved. */
  readonly movesParent: boolean
  /** The parent has one part less that keeps it alive, and gets a whole `ttl` from now. */
  readonly renewsParent: boolean
}

/** Throws NOT_FOUND or FAILED_PRECONDITION (PARENT_NOT_ALLOWED) when a new task cannot be a part of `parentId`. */
export function checkParent(parentId: string, { parent, descendants, depth }: ParentFacts): void {
  if (parent === undefined) throw taskNotFound(parentId)
  if (isTerminal(statusOf(parent))) throw parentNotAllowed(parentId, `The parent is ${parent.status}`)
  if (descendants >= FAMILY_LIMITS.descendants) {
    throw parentNotAllowed(parentId, `The family of the parent has ${FAMILY_LIMITS.descendants} parts already`)
  }
  if (depth >= FAMILY_LIMITS.depth) throw parentNotAllowed(parentId, `The task would be more than ${FAMILY_LIMITS.depth} deep`)
}

/** What a write means to the rest of the family. */
export function consequencesOf(before: Task | undefined, after: Task): Consequences {
  const hasParent = after.parentTaskId !== ''
  const hasEnded = isTerminal(statusOf(after)) && (before === undefined || !isTerminal(statusOf(before)))
  const isAsked = after.cancelRequest !== undefined && before?.cancelRequest?.requestedAt !== after.cancelRequest.requestedAt
  const moved = before === undefined || before.progressPercent !== after.progressPercent || hasEnded
  return {
    cancelsChildren: isAsked && (after.status === 'CANCELLING' || after.status === 'CANCELLED'),
    movesParent: hasParent && moved,
    renewsParent: hasParent && hasEnded,
  }
}

/** FAILED_PRECONDITION: parts are deleted before what they are parts of (AIP-135). */
export function hasParts(taskId: string): TaskError {
  const message = 'Cannot delete a task that has parts'
  return new TaskError('FAILED_PRECONDITION', 'HAS_PARTS', message, { taskId, precondition: message })
}

function parentNotAllowed(taskId: string, message: string): TaskError {
  return new TaskError('FAILED_PRECONDITION', 'PARENT_NOT_ALLOWED', message, { taskId, precondition: message })
}
