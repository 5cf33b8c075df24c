// What callers are told about polling: where to look how a task goes, and when. The same for every face.
import type { Task } from '../../gen/openshift/v1/task.js'
import { WATCH_LIMITS } from '../limits.js'
import { pollHint } from '../task/poll-hint.js'
import type { TaskService } from '../task/task-service.js'
import type { CallContext } from './api-method.js'

/** Tells callers where and when to poll. */
export class PollAdvice {
  private readonly tasks: TaskService
  private readonly publicUrl: string

  /** `publicUrl` is where callers reach the HTTP port, without a slash at the end; '' when they resolve paths themselves. */
  constructor(tasks: TaskService, publicUrl: string) {
    this.tasks = tasks
    this.publicUrl = publicUrl
  }

  /** Says when to ask for the task again; nothing once it has ended. */
  again(task: Task, context: CallContext): void {
    const ms = pollHint(task, { now: this.tasks.now(), load: Math.max(context.load, this.waiting()), random: Math.random() })
    if (ms !== undefined) context.pollAgain(ms)
  }

  /** Says that the task was recorded, where its status monitor is, and when to ask. */
  accepted(task: Task, context: CallContext): void {
    // Ids need no escape: they are made of characters that a path may have.
    context.accepted(`${this.publicUrl}/openshift/v1/${task.serviceInstanceId}/tasks/${task.id}/monitor`)
    this.again(task, context)
  }

  /** How many of the calls that may wait do, 0 to 1. */
  private waiting(): number {
    const { waiters, watchers } = this.tasks.load
    return Math.max(waiters / WATCH_LIMITS.waiters, watchers / WATCH_LIMITS.watchers)
  }
}
