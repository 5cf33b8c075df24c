// openshift.v1.TaskService: parse, call, answer. No rule, no SQL, no status code.
import { GetTaskRequest, ListTasksRequest, ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { LIST_LIMITS } from '../limits.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import { readListOrder } from '../task/list-order.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod } from './api-method.js'
import { readTaskKey, taskResponse } from './task-messages.js'
import { repeatedField } from './wire.js'

const TASKS_FIELD = 1

/** The methods that readers call. */
export function taskApi(tasks: TaskService): ApiMethod[] {
  return [
    apiMethod('openshift.v1.TaskService.GetTask', GetTaskRequest, async (request) => {
      const { instance, taskId } = readTaskKey(request)
      return taskResponse(await tasks.get(instance, taskId))
    }),

    apiMethod('openshift.v1.TaskService.ListTasks', ListTasksRequest, async (request, { signal }) => {
      const violations = new FieldViolations()
      const list = {
        instance: readInstanceId(request.serviceInstanceId, violations),
        filter: request.filter,
        order: readListOrder(request.orderBy, violations),
        pageSize: readPageSize(request.pageSize, violations),
        pageToken: request.pageToken,
      }
      violations.throwIfAny()
      const { tasks: encoded, nextPageToken, revision } = await tasks.list(list, signal)
      const rest = ListTasksResponse.encode({ tasks: [], nextPageToken, revision }).finish()
      return Buffer.concat([repeatedField(TASKS_FIELD, encoded), rest])
    }),
  ]
}

/** AIP-158: 0 is the default, too many is coerced down, negative is refused. */
function readPageSize(size: number, violations: FieldViolations): number {
  if (size < 0) violations.add('page_size', 'expected 0 or more')
  return size === 0 ? LIST_LIMITS.pageSizeDefault : Math.min(size, LIST_LIMITS.pageSizeMax)
}
