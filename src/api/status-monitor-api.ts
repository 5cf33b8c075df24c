// openshift.v1.StatusMonitorService: parse, call, answer.
import { GetStatusMonitorRequest, GetStatusMonitorResponse } from '../../gen/openshift/v1/status_monitor_service.js'
import { Task } from '../../gen/openshift/v1/task.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod } from './api-method.js'
import type { PollAdvice } from './poll-advice.js'
import { statusMonitorOf } from './status-monitor.js'
import { readTaskKey } from './task-messages.js'

const SERVICE = 'openshift.v1.StatusMonitorService'

/** The methods that pollers of the Azure style call. */
export function statusMonitorApi(tasks: TaskService, polls: PollAdvice): ApiMethod[] {
  return [
    apiMethod(`${SERVICE}.GetStatusMonitor`, GetStatusMonitorRequest, async (request, context) => {
      const { encoded } = await tasks.get(readTaskKey(request))
      const task = Task.decode(encoded)
      polls.again(task, context)
      return GetStatusMonitorResponse.encode({ statusMonitor: statusMonitorOf(task) }).finish()
    }),
  ]
}
