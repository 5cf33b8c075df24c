// openshift.v1.TaskService: parse, call, answer. No rule, no SQL, no status code.
import {
  CancelTaskRequest,
  CountTasksRequest,
  CountTasksResponse,
  ListTaskEventsRequest,
  ListTaskEventsResponse,
  PauseTaskRequest,
  ResumeTaskRequest,
  WaitTaskRequest,
} from '../../gen/openshift/v1/task_service.js'
import { CONTROL_LIMITS } from '../limits.js'
import { readEtag } from '../task/etag.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import type { ControlChange } from '../task/task-change.js'
import { readText } from '../task/task-fields.js'
import type { TaskService } from '../task/task-service.js'
import { answerCaches } from './answer-caches.js'
import { apiMethod, waitMethod, type ApiMethod, type CallContext } from './api-method.js'
import { getTask } from './get-task.js'
import { listTasks } from './list-tasks.js'
import { readPageSize } from './page-size.js'
import { readTaskKey, taskResponse } from './task-messages.js'
import { readWaitMs } from './wait-time.js'
import { watchTasks } from './watch-api.js'

const SERVICE = 'openshift.v1.TaskService'

/** The methods that readers call. */
export function taskApi(tasks: TaskService): ApiMethod[] {
  const caches = answerCaches()
  return [
    getTask(tasks, caches),
    listTasks(tasks, caches),
    countTasks(tasks),
    waitTask(tasks),
    watchTasks(tasks),
    apiMethod(`${SERVICE}.CancelTask`, CancelTaskRequest, (request, context) => control(tasks, 'cancel', request, context)),
    apiMethod(`${SERVICE}.PauseTask`, PauseTaskRequest, (request, context) => control(tasks, 'pause', request, context)),
    apiMethod(`${SERVICE}.ResumeTask`, ResumeTaskRequest, (request, context) => control(tasks, 'resume', request, context)),
    listTaskEvents(tasks),
  ]
}

function countTasks(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.CountTasks`, CountTasksRequest, async (request) => {
    const violations = new FieldViolations()
    const instance = readInstanceId(request.serviceInstanceId, violations)
    violations.throwIfAny()
    const { total, roots, byStatus, revision } = await tasks.counts(instance)
    const numbers = Object.entries(byStatus).map(([status, number]) => [status, BigInt(number)] as const)
    const answer = { total: BigInt(total), topLevel: BigInt(roots), byStatus: Object.fromEntries(numbers), revision }
    return CountTasksResponse.encode(answer).finish()
  })
}

function waitTask(tasks: TaskService): ApiMethod {
  return waitMethod(`${SERVICE}.WaitTask`, WaitTaskRequest, async (request, context) => {
    const violations = new FieldViolations()
    const waitMs = readWaitMs(request.timeout, context, violations)
    return taskResponse(await tasks.wait(readTaskKey(request, violations), waitMs, context.signal))
  })
}

/** The requests of cancel, pause and resume are alike. */
async function control(
  tasks: TaskService,
  kind: ControlChange['kind'],
  request: CancelTaskRequest,
  { caller }: CallContext,
): Promise<Uint8Array> {
  const violations = new FieldViolations()
  const reason = readText('reason', request.reason, CONTROL_LIMITS.reasonLength, violations)
  const etag = readEtag('etag', request.etag, violations)
  const key = readTaskKey(request, violations)
  return taskResponse(await tasks.change(caller, key, { etag, change: { kind, reason } }))
}

function listTaskEvents(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.ListTaskEvents`, ListTaskEventsRequest, async (request) => {
    const violations = new FieldViolations()
    const size = readPageSize(request.pageSize, violations)
    const key = readTaskKey(request, violations)
    const { events, nextPageToken } = await tasks.events(key, { size, token: request.pageToken })
    return ListTaskEventsResponse.encode({ events: [...events], nextPageToken }).finish()
  })
}
