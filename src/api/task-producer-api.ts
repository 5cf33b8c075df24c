// openshift.v1.TaskProducerService: parse, call, answer. No rule, no SQL, no status code.
import { Task_Outcome } from '../../gen/openshift/v1/task.js'
import {
  CompleteTaskRequest,
  CreateTaskRequest,
  DeleteTaskRequest,
  DeleteTaskResponse,
  FailTaskRequest,
  StartTaskRequest,
  UpdateTaskRequest,
} from '../../gen/openshift/v1/task_producer_service.js'
import { readEtag } from '../task/etag.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId, readRequestId } from '../task/identifiers.js'
import { hashNewTask, readNewTask } from '../task/new-task.js'
import type { Outcome } from '../task/task-change.js'
import { readError, readPayload, readStatusDetails } from '../task/task-fields.js'
import { readTaskPatch } from '../task/task-patch.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod } from './api-method.js'
import { readTaskKey, taskResponse } from './task-messages.js'

const SERVICE = 'openshift.v1.TaskProducerService'

/** The methods that producers call. */
export function taskProducerApi(tasks: TaskService): ApiMethod[] {
  return [createTask(tasks), startTask(tasks), updateTask(tasks), completeTask(tasks), failTask(tasks), deleteTask(tasks)]
}

function createTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.CreateTask`, CreateTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const instance = readInstanceId(request.serviceInstanceId, violations)
    const task = readNewTask(request.task, violations)
    const requestId = readRequestId(request.requestId, violations)
    violations.throwIfAny()
    const made = requestId && { id: requestId, hash: hashNewTask(task) }
    return taskResponse(await tasks.create(caller, instance, { kind: 'create', task, request: made }))
  })
}

function startTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.StartTask`, StartTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { kind: 'start', etag }))
  })
}

function updateTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.UpdateTask`, UpdateTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const patch = readTaskPatch(request.task, request.updateMask, violations)
    const etag = readEtag('task.etag', request.task?.etag ?? '', violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { kind: 'update', etag, patch }))
  })
}

function completeTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.CompleteTask`, CompleteTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const response = readPayload('response', request.response, violations)
    const outcome = readOutcome(request.outcome, violations)
    const statusDetails = readStatusDetails('status_details', request.statusDetails, violations)
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { kind: 'complete', etag, response, outcome, statusDetails }))
  })
}

function failTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.FailTask`, FailTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const error = readError('error', request.error, violations)
    const statusDetails = readStatusDetails('status_details', request.statusDetails, violations)
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { kind: 'fail', etag, error, statusDetails }))
  })
}

function deleteTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.DeleteTask`, DeleteTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    await tasks.change(caller, key, { kind: 'delete', etag })
    return DeleteTaskResponse.encode({}).finish()
  })
}

function readOutcome(outcome: Task_Outcome, violations: FieldViolations): Outcome {
  if (outcome === 'OUTCOME_UNSPECIFIED') return 'CLEAN'
  if (outcome === 'UNRECOGNIZED') {
    violations.add('outcome', 'expected CLEAN, WARNING or PARTIAL')
    return 'CLEAN'
  }
  return outcome
}
