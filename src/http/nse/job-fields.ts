// The names that the jobs API has for fields that the rules of the domain read: faults are told in these.
import { FieldViolations } from '../../task/field-violations.js'

const NAMES: ReadonlyMap<string, string> = new Map([
  ['service_instance_id', 'tenant_id'],
  ['task_id', 'id'],
  ['request_id', 'Idempotency-Key'],
  ['timeout', 'return_timeout'],
  ['task.command', 'action'],
  ['task.summary', 'job_summary'],
  ['task.service', 'driver'],
  ['task.created_by', 'user_id'],
  ['task.resource.id', 'object_id'],
  ['task.resource.type', 'object_type'],
  ['task.resource.name', 'object_name'],
  ['task.metadata', 'request_payload'],
])

/** Where rules of the domain record faults, so that `violations` gets them by the names of this API. */
export function inJobNames(violations: FieldViolations): FieldViolations {
  return new Renaming(violations)
}

class Renaming extends FieldViolations {
  private readonly target: FieldViolations

  constructor(target: FieldViolations) {
    super()
    this.target = target
  }

  override add(field: string, description: string): void {
    this.target.add(NAMES.get(field) ?? field, description)
  }
}
