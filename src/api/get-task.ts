// GetTask: the task as the store has it ready; those that are asked for again and again are kept.
import { GetTaskRequest } from '../../gen/openshift/v1/task_service.js'
import { whenThere, type Soon } from '../base/soon.js'
import { etagOf } from '../task/etag.js'
import type { TaskService } from '../task/task-service.js'
import type { KeptAnswer } from './answer-cache.js'
import { conditional, type AnswerCaches } from './answer-caches.js'
import { readyMethod, type ApiMethod } from './api-method.js'
import { readTaskKey } from './task-messages.js'

/** The method. */
export function getTask(tasks: TaskService, caches: AnswerCaches): ApiMethod {
  return readyMethod('openshift.v1.TaskService.GetTask', GetTaskRequest, (request) => {
    const key = readTaskKey(request)
    const name = `get ${key.instance} ${key.taskId}`
    const readMessage = (): Soon<KeptAnswer<Uint8Array>> =>
      whenThere(tasks.ready(key, 'message'), ({ content, revision }) => ({ body: content, etag: etagOf(revision) }))
    const readJson = (): Soon<KeptAnswer<string>> =>
      whenThere(tasks.ready(key, 'json'), ({ content, revision }) => ({ body: `{"task":${content}}`, etag: etagOf(revision) }))
    return {
      // Only a stamp is asked for: a version costs as much as the task.
      message: () => whenThere(caches.message.at(tasks.stamp(key.instance), name, readMessage), ({ body }) => body),
      json: (_context, ifNoneMatch) =>
        whenThere(caches.json.at(tasks.stamp(key.instance), name, readJson), (answer) => conditional(answer, ifNoneMatch)),
    }
  })
}
