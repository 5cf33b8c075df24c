// WatchTasks: parse, follow, answer. An event is encoded once for all who see it.
import { TaskEvent } from '../../gen/openshift/v1/task_event.js'
import { WatchTasksRequest, WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { TASK_LIMITS } from '../limits.js'
import { FieldViolations } from '../task/field-violations.js'
import { parseFilter } from '../task/filter-parser.js'
import { readInstanceId, readOptionalWord, type TaskId } from '../task/identifiers.js'
import type { TaskService } from '../task/task-service.js'
import type { StoredEvent } from '../task/task-store.js'
import type { WatchAnswer, WatchRequest } from '../task/watch.js'
import { streamMethod, type ApiStreamMethod } from './api-method.js'
import { bytesField } from './wire.js'

/** Field numbers of openshift.v1.WatchTasksResponse. */
const EVENT = 2
const TASK = 3

/** The method. */
export function watchTasks(tasks: TaskService): ApiStreamMethod {
  return streamMethod('openshift.v1.TaskService.WatchTasks', WatchTasksRequest, async function* (request, { signal }) {
    const answers = tasks.watch(readRequest(request), signal)
    for await (const answer of answers) {
      try {
        yield encode(answer)
      } catch (error) {
        // What a transport throws in is for the watch to answer: it knows where to go on.
        await answers.throw(error)
      }
    }
  })
}

function readRequest(request: WatchTasksRequest): WatchRequest {
  const violations = new FieldViolations()
  const instance = readInstanceId(request.serviceInstanceId, violations)
  const taskId = readOptionalWord('task_id', request.taskId, TASK_LIMITS.idLength, violations) as TaskId
  violations.throwIfAny()
  return {
    instance,
    taskId: taskId === '' ? undefined : taskId,
    filter: parseFilter(request.filter),
    after: request.afterRevision,
    snapshot: request.snapshot,
  }
}

function encode(answer: WatchAnswer): Uint8Array {
  switch (answer.kind) {
    case 'task':
      return Buffer.concat([bytesField(TASK, answer.encoded), MATCHES])
    case 'bookmark':
      return rest({ revision: answer.revision })
    case 'event':
      return encodedEvent(answer.event, answer.matches)
  }
}

const MATCHES = rest({ matches: true })
const ENCODED = { matching: new WeakMap<StoredEvent, Uint8Array>(), gone: new WeakMap<StoredEvent, Uint8Array>() }

function encodedEvent(stored: StoredEvent, matches: boolean): Uint8Array {
  const cache = matches ? ENCODED.matching : ENCODED.gone
  const known = cache.get(stored)
  if (known !== undefined) return known
  const event = bytesField(EVENT, TaskEvent.encode(stored.event).finish())
  const encoded = Buffer.concat([rest({ revision: stored.revision, matches }), event, bytesField(TASK, stored.encoded)])
  cache.set(stored, encoded)
  return encoded
}

function rest(part: { readonly revision?: bigint; readonly matches?: boolean }): Uint8Array {
  return WatchTasksResponse.encode(WatchTasksResponse.create(part)).finish()
}
