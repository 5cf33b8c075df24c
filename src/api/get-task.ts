// GetTask: the task as the store has it ready; those that are asked for again and again are kept.
import { GetTaskRequest } from '../../gen/openshift/v1/task_service.js'
import { whenThere, type Soon } from '../base/soon.js'
import { etagOf } from '../task/etag.js'
import type { TaskKey } from '../task/task-key.js'
import type { TaskService } from '../task/task-service.js'
import type { KeptAnswer } from './answer-cache.js'
import { conditional, type AnswerCaches } from './answer-caches.js'
import { readyMethod, type ApiMethod } from './api-method.js'
import { readTaskKey } from './task-messages.js'

/** The method. */
export function getTask(tasks: TaskService, caches: AnswerCaches): ApiMethod {
  // Only a stamp is asked for: a version costs as much as the task.
  const message = (key: TaskKey): Soon<KeptAnswer<Uint8Array>> =>
    caches.message.at(tasks.stamp(key.instance), keyOf(key), () =>
      whenThere(tasks.ready(key, 'message'), ({ content, revision }) => ({ body: content, etag: etagOf(revision) })),
    )
  const json = (key: TaskKey): Soon<KeptAnswer<string | Uint8Array>> =>
    caches.json.at(tasks.stamp(key.instance), keyOf(key), () =>
      whenThere(tasks.ready(key, 'json'), ({ content, revision }) => ({ body: `{"task":${content}}`, etag: etagOf(revision) })),
    )
  return readyMethod('openshift.v1.TaskService.GetTask', GetTaskRequest, {
    message: (request) => whenThere(message(readTaskKey(request)), ({ body }) => body),
    json: (request, _context, ifNoneMatch) => whenThere(json(readTaskKey(request)), (answer) => conditional(answer, ifNoneMatch)),
  })
}

function keyOf({ instance, taskId }: TaskKey): string {
  return `get ${instance} ${taskId}`
}
