// GetTask: the task as the store has it ready; those that are asked for again and again are kept.
import { GetTaskRequest } from '../../gen/openshift/v1/task_service.js'
import { whenThere, type Soon } from '../base/soon.js'
import { etagOf } from '../task/etag.js'
import type { TaskKey } from '../task/task-key.js'
import type { TaskService } from '../task/task-service.js'
import type { KeptAnswer } from './answer-cache.js'
import { conditional, type AnswerCaches } from './answer-caches.js'
import { readyMethod, type ApiMethod, type CallContext, type JsonAnswer, type ReadyAnswers } from './api-method.js'
import { readTaskKey } from './task-messages.js'

/** The method. */
export function getTask(tasks: TaskService, caches: AnswerCaches): ApiMethod {
  return readyMethod('openshift.v1.TaskService.GetTask', GetTaskRequest, (request) => new TaskAnswers(readTaskKey(request), tasks, caches))
}

/** The answers to one request. */
class TaskAnswers implements ReadyAnswers {
  private readonly key: TaskKey
  private readonly tasks: TaskService
  private readonly caches: AnswerCaches
  private readonly name: string

  constructor(key: TaskKey, tasks: TaskService, caches: AnswerCaches) {
    this.key = key
    this.tasks = tasks
    this.caches = caches
    this.name = `get ${key.instance} ${key.taskId}`
  }

  message({ enteredAt }: CallContext): Soon<Uint8Array> {
    const answer = this.caches.message.at(this.name, this.stamp, enteredAt, () => this.readMessage())
    return whenThere(answer, ({ body }) => body)
  }

  json({ enteredAt }: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer> {
    const answer = this.caches.json.at(this.name, this.stamp, enteredAt, () => this.readJson())
    return whenThere(answer, (kept) => conditional(kept, ifNoneMatch))
  }

  /** All that is asked for: a version would cost as much as the task. */
  private get stamp(): number | undefined {
    return this.tasks.stamp(this.key.instance)
  }

  private readMessage(): Soon<KeptAnswer<Uint8Array>> {
    return whenThere(this.tasks.ready(this.key, 'message'), ({ content, revision }) => ({ body: content, etag: etagOf(revision) }))
  }

  private readJson(): Soon<KeptAnswer<string>> {
    return whenThere(this.tasks.ready(this.key, 'json'), ({ content, revision }) => ({ body: `{"task":${content}}`, etag: etagOf(revision) }))
  }
}
