// RenewTaskLease: the heartbeat, and what its answer tells the owner of the work.
import { Task } from '../../gen/openshift/v1/task.js'
import { RenewTaskLeaseRequest, RenewTaskLeaseResponse } from '../../gen/openshift/v1/task_producer_service.js'
import { LEASE_LIMITS } from '../limits.js'
import { openRequest } from '../task/control-request.js'
import { fromMilliseconds, toMilliseconds } from '../task/duration.js'
import { FieldViolations } from '../task/field-violations.js'
import { readLeaseToken } from '../task/lease.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod } from './api-method.js'
import { readTaskKey } from './task-messages.js'

/** The method. */
export function renewTaskLease(tasks: TaskService): ApiMethod {
  const name = 'openshift.v1.TaskProducerService.RenewTaskLease'
  return apiMethod(name, RenewTaskLeaseRequest, async (request, { caller }) => {
    const violations = new FieldViolations()
    const token = readLeaseToken(request.leaseToken, violations)
    if (token === '') violations.add('lease_token', 'is required')
    const key = readTaskKey(request, violations)
    const { encoded } = await tasks.change(caller, key, { etag: '', change: { kind: 'renew', token } })
    const task = Task.decode(encoded)
    return RenewTaskLeaseResponse.encode({
      task,
      nextHeartbeat: fromMilliseconds(Math.trunc(toMilliseconds(task.lease?.ttl) / LEASE_LIMITS.heartbeatsPerTtl)),
      cancelRequested: task.status === 'CANCELLING',
      pauseRequested: task.status === 'PAUSING',
      answerBy: openRequest(task)?.answerBy,
      deadline: task.deadline,
    }).finish()
  })
}
