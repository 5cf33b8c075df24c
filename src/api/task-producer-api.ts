// openshift.v1.TaskProducerService: parse, call, answer. No rule, no SQL, no status code.
import { Task, Task_Outcome } from '../../gen/openshift/v1/task.js'
import {
  AcknowledgeCancelRequest,
  AcknowledgePauseRequest,
  CompleteTaskRequest,
  CreateTaskRequest,
  DeleteTaskRequest,
  DeleteTaskResponse,
  FailTaskRequest,
  StartTaskRequest,
  StartTaskResponse,
  UpdateTaskRequest,
} from '../../gen/openshift/v1/task_producer_service.js'
import { LEASE_LIMITS } from '../limits.js'
import { readEtag } from '../task/etag.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId, readRequestId } from '../task/identifiers.js'
import { newLeaseToken, readLeasePolicy, readLeaseToken } from '../task/lease.js'
import { hashNewTask, readNewTask } from '../task/new-task.js'
import type { Outcome } from '../task/task-change.js'
import { readActor, readError, readPayload, readStatusDetails } from '../task/task-fields.js'
import { readTaskPatch } from '../task/task-patch.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod, type CallContext } from './api-method.js'
import type { PollAdvice } from './poll-advice.js'
import type { Redactor } from './redaction.js'
import { renewTaskLease } from './lease-api.js'
import { retentionApi } from './retention-api.js'
import { readTaskKey, taskResponse } from './task-messages.js'
import { bytesField } from './wire.js'

const SERVICE = 'openshift.v1.TaskProducerService'
const TASK_FIELD = 1

/** The methods that producers call; `redactor` takes secrets out of what they write, `polls` says how to follow it. */
export function taskProducerApi(tasks: TaskService, redactor: Redactor, polls: PollAdvice): ApiMethod[] {
  return [
    createTask(tasks, redactor, polls),
    startTask(tasks),
    updateTask(tasks, redactor),
    renewTaskLease(tasks),
    apiMethod(`${SERVICE}.AcknowledgePause`, AcknowledgePauseRequest, (request, context) =>
      acknowledge(tasks, 'acknowledgePause', request, context),
    ),
    apiMethod(`${SERVICE}.AcknowledgeCancel`, AcknowledgeCancelRequest, (request, context) =>
      acknowledge(tasks, 'acknowledgeCancel', request, context),
    ),
    completeTask(tasks, redactor),
    failTask(tasks, redactor),
    deleteTask(tasks),
    ...retentionApi(tasks),
  ]
}

function createTask(tasks: TaskService, redactor: Redactor, polls: PollAdvice): ApiMethod {
  return apiMethod(`${SERVICE}.CreateTask`, CreateTaskRequest, async (request, context) => {
    const violations = new FieldViolations()
    const instance = readInstanceId(request.serviceInstanceId, violations)
    const task = readNewTask(redactor.task(request.task, violations), tasks.now(), violations)
    const lease = readLeasePolicy('lease_policy', request.leasePolicy, violations)
    const requestId = readRequestId(request.requestId, violations)
    violations.throwIfAny()
    const made = requestId && { id: requestId, hash: hashNewTask(task, lease) }
    const created = await tasks.create(context.caller, instance, { kind: 'create', task, lease, request: made })
    polls.accepted(Task.decode(created.encoded), context)
    return taskResponse(created)
  })
}

function startTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.StartTask`, StartTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const owner = readActor('owner', request.owner, violations)
    const chosen = readLeaseToken(request.leaseToken, violations, LEASE_LIMITS.tokenMinLength)
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    const token = chosen === '' ? newLeaseToken() : chosen
    const change = { kind: 'start', owner: owner === '' ? caller.name : owner, token } as const
    const started = await tasks.change(caller, key, { etag, change })
    const rest = StartTaskResponse.encode({ task: undefined, leaseToken: started.leaseToken }).finish()
    return Buffer.concat([bytesField(TASK_FIELD, started.encoded), rest])
  })
}

function updateTask(tasks: TaskService, redactor: Redactor): ApiMethod {
  return apiMethod(`${SERVICE}.UpdateTask`, UpdateTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const unreadable = new FieldViolations()
    const patch = readTaskPatch(redactor.task(request.task, unreadable), request.updateMask, violations)
    if ('metadata' in patch.fields) unreadable.throwIfAny()
    const token = readLeaseToken(request.leaseToken, violations)
    const etag = readEtag('task.etag', request.task?.etag ?? '', violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { etag, change: { kind: 'update', token, patch } }))
  })
}

/** The requests of both acknowledgements are alike. */
async function acknowledge(
  tasks: TaskService,
  kind: 'acknowledgePause' | 'acknowledgeCancel',
  request: AcknowledgeCancelRequest,
  { caller }: CallContext,
): Promise<Uint8Array> {
  const violations = new FieldViolations()
  const token = readLeaseToken(request.leaseToken, violations)
  const etag = readEtag('etag', request.etag, violations)
  const key = readTaskKey(request, violations)
  return taskResponse(await tasks.change(caller, key, { etag, change: { kind, token } }))
}

function completeTask(tasks: TaskService, redactor: Redactor): ApiMethod {
  return apiMethod(`${SERVICE}.CompleteTask`, CompleteTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const response = readPayload('response', redactor.payload('response', request.response, violations), violations)
    const outcome = readOutcome(request.outcome, violations)
    const statusDetails = readStatusDetails('status_details', request.statusDetails, violations)
    const token = readLeaseToken(request.leaseToken, violations)
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    const change = { kind: 'complete', token, response, outcome, statusDetails } as const
    return taskResponse(await tasks.change(caller, key, { etag, change }))
  })
}

function failTask(tasks: TaskService, redactor: Redactor): ApiMethod {
  return apiMethod(`${SERVICE}.FailTask`, FailTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const error = readError('error', redactor.error(request.error, violations), violations)
    const statusDetails = readStatusDetails('status_details', request.statusDetails, violations)
    const token = readLeaseToken(request.leaseToken, violations)
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    return taskResponse(await tasks.change(caller, key, { etag, change: { kind: 'fail', token, error, statusDetails } }))
  })
}

function deleteTask(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.DeleteTask`, DeleteTaskRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const etag = readEtag('etag', request.etag, violations)
    const key = readTaskKey(request, violations)
    await tasks.change(caller, key, { etag, change: { kind: 'delete' } })
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
