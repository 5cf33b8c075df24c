// What each method asks of its caller, and the one place where that is decided: on the message that the handler sees.
import type { DescMethod } from '@bufbuild/protobuf'
import { FieldViolations } from '../task/field-violations.js'
import type { Caller, Role } from '../task/caller.js'
import { readInstanceId, readTaskId } from '../task/identifiers.js'
import { TaskError, taskNotFound } from '../task/task-error.js'
import { readOperationName, readOperationsParent } from './operation-name.js'

/** What a call asks of its caller. */
export interface Access {
  readonly role: Role
  /**
   * The service instance, as the request names it. Undefined when it names none: then the work shows nothing but what
   * `readableInstances` says.
   */
  readonly instance: string | undefined
  /** The task that is asked for, as the request names it; undefined when it is the instance. */
  readonly taskId?: string | undefined
}

/**
 * Returns when `caller` may do what `access` says. Throws NOT_FOUND as for a task or instance that does not exist when it
 * may see nothing of the instance, INVALID_ARGUMENT when that could not exist, PERMISSION_DENIED (ROLE_MISSING) when it may see it.
 */
export function authorize({ grants }: Caller, { role, instance, taskId }: Access): void {
  if (instance === undefined || grants.includes(role, instance)) return
  if (!grants.includes('reader', instance)) throw missing(instance, taskId)
  const message = `The role ${role} is needed in the service instance ${instance}`
  throw new TaskError('PERMISSION_DENIED', 'ROLE_MISSING', message, { metadata: { role } })
}

/** What is said of a task or instance that does not exist, whether it does or not. */
function missing(instance: string, taskId: string | undefined): TaskError {
  const violations = new FieldViolations()
  readInstanceId(instance, violations)
  if (taskId !== undefined) readTaskId(taskId, violations)
  violations.throwIfAny()
  if (taskId !== undefined) return taskNotFound(taskId)
  return new TaskError('NOT_FOUND', 'INSTANCE_NOT_FOUND', `Service instance ${instance} was not found`)
}

/** What a method asks, and which fields of its request say of what. */
interface MethodRule {
  readonly role: Role
  /** `task`: `service_instance_id` and `task_id`; `instance`: the former; the others: `name`, as of an operation or its parent. */
  readonly subject: 'task' | 'instance' | 'operation' | 'operations'
}

const rule = (role: Role, subject: MethodRule['subject']): MethodRule => ({ role, subject })

/** Every method that is served. */
export const METHOD_RULES: Readonly<Record<string, MethodRule>> = {
  'openshift.v1.TaskService/GetTask': rule('reader', 'task'),
  'openshift.v1.TaskService/ListTasks': rule('reader', 'instance'),
  'openshift.v1.TaskService/CountTasks': rule('reader', 'instance'),
  'openshift.v1.TaskService/WaitTask': rule('reader', 'task'),
  'openshift.v1.TaskService/WatchTasks': rule('reader', 'instance'),
  'openshift.v1.TaskService/ListTaskEvents': rule('reader', 'task'),
  'openshift.v1.TaskService/CancelTask': rule('operator', 'task'),
  'openshift.v1.TaskService/PauseTask': rule('operator', 'task'),
  'openshift.v1.TaskService/ResumeTask': rule('operator', 'task'),
  'openshift.v1.TaskProducerService/CreateTask': rule('producer', 'instance'),
  'openshift.v1.TaskProducerService/StartTask': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/UpdateTask': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/RenewTaskLease': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/AcknowledgePause': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/AcknowledgeCancel': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/CompleteTask': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/FailTask': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/DeleteTask': rule('producer', 'task'),
  'openshift.v1.TaskProducerService/GetRetentionPolicy': rule('reader', 'instance'),
  'openshift.v1.TaskProducerService/SetRetentionPolicy': rule('admin', 'instance'),
  'google.longrunning.Operations/ListOperations': rule('reader', 'operations'),
  'google.longrunning.Operations/GetOperation': rule('reader', 'operation'),
  'google.longrunning.Operations/WaitOperation': rule('reader', 'operation'),
  'google.longrunning.Operations/CancelOperation': rule('operator', 'operation'),
  'google.longrunning.Operations/DeleteOperation': rule('producer', 'operation'),
}

/** The proto fields that name each kind of subject. */
const SUBJECT_FIELDS = {
  task: ['service_instance_id', 'task_id'],
  instance: ['service_instance_id'],
  operation: ['name'],
  operations: ['name'],
} as const satisfies Record<MethodRule['subject'], readonly string[]>

/**
 * How to tell what a request of `method`, decoded, asks of its caller; that throws INVALID_ARGUMENT when the name of an
 * operation is none. Throws Error when the method has no rule, or not the fields of its rule: it could not be served.
 */
export function accessRule({ parent, name, input }: DescMethod): (request: unknown) => Access {
  const found = METHOD_RULES[`${parent.typeName}/${name}`]
  if (found === undefined) throw new Error(`${parent.typeName}/${name} has no rule that says who may call it`)
  const { role, subject } = found
  const names = SUBJECT_FIELDS[subject].map((fieldName) => {
    const field = input.fields.find((candidate) => candidate.name === fieldName)
    if (field === undefined) throw new Error(`${input.typeName} has no ${fieldName}, which the rule of ${name} asks for`)
    return field.localName
  })
  return (request) => {
    const [first = '', second = ''] = names.map((field) => (request as Readonly<Record<string, string>>)[field] ?? '')
    switch (subject) {
      case 'task':
        return { role, instance: first, taskId: second }
      case 'instance':
        return { role, instance: first }
      case 'operation':
        return { role, ...readOperationName(first) }
      case 'operations':
        return { role, instance: readParent(first) }
    }
  }
}

function readParent(name: string): string {
  const violations = new FieldViolations()
  const instance = readOperationsParent(name, violations)
  violations.throwIfAny()
  return instance
}
