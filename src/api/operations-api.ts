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
import { WATCH_LIMITS } from '../limits.js'
import { FieldViolations } from '../task/field-violations.js'
import { isTerminal, type Status } from '../task/lifecycle.js'
import { readListOrder } from '../task/list-order.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, waitMethod, type ApiMethod, type CallContext } from './api-method.js'
import { readOperationName, readOperationsParent } from './operation-name.js'
import { readPageSize } from './page-size.js'
import { readWaitMs } from './wait-time.js'

const SERVICE = 'google.longrunning.Operations'
const TASK_TYPE_URL = 'type.googleapis.com/openshift.v1.Task'
const EMPTY: Any = { typeUrl: 'type.googleapis.com/google.protobuf.Empty', value: Buffer.alloc(0) }

/** The methods. */
export function operationsApi(tasks: TaskService): ApiMethod[] {
  return [
    listOperations(tasks),
    apiMethod(`${SERVICE}.GetOperation`, GetOperationRequest, async ({ name }, context) => {
      const { encoded } = await tasks.get(readOperationName(name))
      return polled(operationOf(encoded), context)
    }),
    apiMethod(`${SERVICE}.DeleteOperation`, DeleteOperationRequest, async ({ name }, { caller }) => {
      await tasks.change(caller, readOperationName(name), { etag: '', change: { kind: 'delete' } })
      return new Uint8Array()
    }),
    apiMethod(`${SERVICE}.CancelOperation`, CancelOperationRequest, async ({ name }, { caller }) => {
      await tasks.change(caller, readOperationName(name), { etag: '', change: { kind: 'cancel', reason: '' } })
      return new Uint8Array()
    }),
    waitOperation(tasks),
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
    const operations = page.tasks.map(operationOf)
    return ListOperationsResponse.encode({ operations, nextPageToken: page.nextPageToken, unreachable: [] }).finish()
  })
}

function waitOperation(tasks: TaskService): ApiMethod {
  return waitMethod(`${SERVICE}.WaitOperation`, WaitOperationRequest, async ({ name, timeout }, context) => {
    const violations = new FieldViolations()
    const waitMs = readWaitMs(timeout, context, violations)
    violations.throwIfAny()
    const { encoded } = await tasks.wait(readOperationName(name), waitMs, context.signal)
    return polled(operationOf(encoded), context)
  })
}

/** The answer to a poll: while the operation is not done, it says when to come again. */
function polled(operation: Operation, { pollAgain }: CallContext): Uint8Array {
  if (!operation.done) pollAgain(WATCH_LIMITS.pollAgainMs)
  return Operation.encode(operation).finish()
}

/** The operation that a task is. */
function operationOf(encoded: Uint8Array): Operation {
  const task = Task.decode(encoded)
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
