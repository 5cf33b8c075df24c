// google.longrunning.Operations over the same tasks (AIP-151). A task is the operation
// `instances/{service_instance_id}/operations/{task_id}`; its metadata is the whole openshift.v1.Task.
import {
  CancelOperationRequest,
  DeleteOperationRequest,
  GetOperationRequest,
  ListOperationsRequest,
  ListOperationsResponse,
  Operation,
  WaitOperationRequest,
} from '../../gen/google/longrunning/operations.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { FieldViolations } from '../task/field-violations.js'
import { isTerminal, type Status } from '../task/lifecycle.js'
import { readListOrder } from '../task/list-order.js'
import type { TaskService } from '../task/task-service.js'
import type { StoredTask } from '../task/task-store.js'
import { apiMethod, waitMethod, type ApiMethod, type CallContext } from './api-method.js'
import { readOperationName, readOperationsParent } from './operation-name.js'
import { readPageSize } from './page-size.js'
import type { PollAdvice } from './poll-advice.js'
import { readWaitMs } from './wait-time.js'

const SERVICE = 'google.longrunning.Operations'
const TASK_TYPE_URL = 'type.googleapis.com/openshift.v1.Task'
const EMPTY: Any = { typeUrl: 'type.googleapis.com/google.protobuf.Empty', value: Buffer.alloc(0) }

/** The methods. */
export function operationsApi(tasks: TaskService, polls: PollAdvice): ApiMethod[] {
  return [
    listOperations(tasks),
    apiMethod(`${SERVICE}.GetOperation`, GetOperationRequest, async ({ name }, context) => {
      return polled(await tasks.get(readOperationName(name)), polls, context)
    }),
    apiMethod(`${SERVICE}.DeleteOperation`, DeleteOperationRequest, async ({ name }, { caller }) => {
      await tasks.change(caller, readOperationName(name), { etag: '', change: { kind: 'delete' } })
      return new Uint8Array()
    }),
    apiMethod(`${SERVICE}.CancelOperation`, CancelOperationRequest, async ({ name }, { caller }) => {
      await tasks.change(caller, readOperationName(name), { etag: '', change: { kind: 'cancel', reason: '' } })
      return new Uint8Array()
    }),
    waitOperation(tasks, polls),
  ]
}

function listOperations(tasks: TaskService): ApiMethod {
  return apiMethod(`${SERVICE}.ListOperations`, ListOperationsRequest, async (request, { signal }) => {
    const violations = new FieldViolations()
    const instance = readOperationsParent(request.name, violations)
    const pageSize = readPageSize(request.pageSize, violations)
    const order = readListOrder('', violations)
    violations.throwIfAny()
    const { filter, pageToken } = request
    const page = await tasks.list({ instance, filter, order, pageSize, pageToken }, signal)
    const operations = page.tasks.map((encoded) => operationOf(encoded, Task.decode(encoded)))
    return ListOperationsResponse.encode({ operations, nextPageToken: page.nextPageToken, unreachable: [] }).finish()
  })
}

function waitOperation(tasks: TaskService, polls: PollAdvice): ApiMethod {
  return waitMethod(`${SERVICE}.WaitOperation`, WaitOperationRequest, async ({ name, timeout }, context) => {
    const violations = new FieldViolations()
    const waitMs = readWaitMs(timeout, context, violations)
    violations.throwIfAny()
    return polled(await tasks.wait(readOperationName(name), waitMs, context.signal), polls, context)
  })
}

/** The answer to a poll: while the operation is not done, it says when to come again. */
function polled({ encoded }: StoredTask, polls: PollAdvice, context: CallContext): Uint8Array {
  const task = Task.decode(encoded)
  polls.again(task, context)
  return Operation.encode(operationOf(encoded, task)).finish()
}

/** The operation that a task is. */
function operationOf(encoded: Uint8Array, task: Task): Operation {
  const done = isTerminal(task.status as Status)
  return {
    name: `instances/${task.serviceInstanceId}/operations/${task.id}`,
    metadata: { typeUrl: TASK_TYPE_URL, value: Buffer.from(encoded) },
    done,
    result: done ? resultOf(task) : undefined,
  }
}

/** Exactly one of error and response once an operation is done; a task that completed without a response has an Empty one. */
function resultOf({ error, response }: Task): Operation['result'] {
  return error === undefined ? { $case: 'response', value: response ?? EMPTY } : { $case: 'error', value: error }
}
