// The retention policy of a service instance: parse, call, answer.
import {
  GetRetentionPolicyRequest,
  GetRetentionPolicyResponse,
  RetentionPolicy,
  SetRetentionPolicyRequest,
  SetRetentionPolicyResponse,
} from '../../gen/openshift/v1/task_producer_service.js'
import type { Duration } from '../../gen/google/protobuf/duration.js'
import { RETENTION_LIMITS } from '../limits.js'
import { readDuration } from '../task/duration.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import type { TaskService } from '../task/task-service.js'
import { apiMethod, type ApiMethod } from './api-method.js'

const SERVICE = 'openshift.v1.TaskProducerService'

/** The methods. */
export function retentionApi(tasks: TaskService): ApiMethod[] {
  return [
    apiMethod(`${SERVICE}.GetRetentionPolicy`, GetRetentionPolicyRequest, async (request) => {
      const violations = new FieldViolations()
      const instance = readInstanceId(request.serviceInstanceId, violations)
      violations.throwIfAny()
      return GetRetentionPolicyResponse.encode({ retentionPolicy: await tasks.retentionPolicy(instance) }).finish()
    }),

    apiMethod(`${SERVICE}.SetRetentionPolicy`, SetRetentionPolicyRequest, async (request) => {
      const violations = new FieldViolations()
      const instance = readInstanceId(request.serviceInstanceId, violations)
      const retentionPolicy = readPolicy(request.retentionPolicy, violations)
      violations.throwIfAny()
      await tasks.setRetentionPolicy(instance, retentionPolicy)
      return SetRetentionPolicyResponse.encode({ retentionPolicy }).finish()
    }),
  ]
}

function readPolicy(policy: RetentionPolicy | undefined, violations: FieldViolations): RetentionPolicy {
  if (policy === undefined) violations.add('retention_policy', 'is required')
  return {
    succeededAge: readAge('succeeded_age', policy?.succeededAge, violations),
    failedAge: readAge('failed_age', policy?.failedAge, violations),
    cancelledAge: readAge('cancelled_age', policy?.cancelledAge, violations),
  }
}

function readAge(name: string, age: Duration | undefined, violations: FieldViolations): Duration | undefined {
  if (age === undefined) return undefined
  const range = { min: RETENTION_LIMITS.ageMinMs, max: RETENTION_LIMITS.ageMaxMs }
  readDuration(`retention_policy.${name}`, age, range, violations)
  return age
}
