// `POST /v2.1/jobs`: a producer records a job, by the rules of CreateTask.
import type { Request, Response } from 'express'
import { Task } from '../../../gen/openshift/v1/task.js'
import type { Access } from '../../api/authorization.js'
import type { Dispatcher } from '../../api/dispatcher.js'
import type { Operation } from '../../api/operation.js'
import type { PollAdvice } from '../../api/poll-advice.js'
import type { Redactor } from '../../api/redaction.js'
import type { Parameter } from '../../gateway/query.js'
import { expectJson, readBody } from '../../gateway/request-body.js'
import { HTTP_LIMITS } from '../../limits.js'
import { FieldViolations } from '../../task/field-violations.js'
import { readInstanceId, readRequestId, type InstanceId } from '../../task/identifiers.js'
import { hashNewTask, readNewTask } from '../../task/new-task.js'
import type { CreateChange } from '../../task/task-change.js'
import type { TaskService } from '../../task/task-service.js'
import { httpCall } from '../http-call.js'
import { acceptedEnvelope, type Envelope } from './envelope.js'
import { jobOf } from './job.js'
import { inJobNames } from './job-fields.js'
import { refuseParameters } from './job-query.js'
import { readJson, readNewJob, type NewJob } from './new-job.js'

const CREATE: Operation = { name: 'nse/CreateJob', waits: false, writes: true }

interface CreateParts {
  readonly tasks: TaskService
  readonly dispatcher: Dispatcher
  readonly redactor: Redactor
  readonly polls: PollAdvice
}

interface CreateRequest {
  readonly request: Request
  readonly response: Response
  readonly query: readonly Parameter[]
}

/** Records a job. Rejects with HttpError for a body that cannot be read, and with StatusError as CreateTask does. */
export async function createJob(parts: CreateParts, { request, response, query }: CreateRequest): Promise<Envelope> {
  const bytes = await readBody(request, HTTP_LIMITS.bodyBytes)
  expectJson(request.headers['content-type'], ['application/json'])
  const violations = new FieldViolations()
  refuseParameters(query, violations)
  const job = readNewJob(readJson(bytes), violations)
  const requestId = unquoted(String(request.headers['idempotency-key'] ?? ''))
  return parts.dispatcher.perform({ ...CREATE, access: accessTo(job) }, httpCall(request, response), async (context) => {
    const { instance, change } = readChange(parts, { job, requestId }, violations)
    const { encoded } = await parts.tasks.create(context.caller, instance, change)
    const task = Task.decode(encoded)
    parts.polls.accepted(task, context)
    return acceptedEnvelope(jobOf(task, null))
  })
}

/** A tenant that could not exist is for `readChange` to refuse, in the words of this API. */
function accessTo({ tenantId }: NewJob): Access {
  const violations = new FieldViolations()
  const instance = readInstanceId(tenantId, violations)
  return { role: 'producer', instance: violations.hasAny ? undefined : instance }
}

/** Throws INVALID_ARGUMENT, with the faults that `violations` has already. */
function readChange(
  { tasks, redactor }: CreateParts,
  { job, requestId }: { readonly job: NewJob; readonly requestId: string },
  violations: FieldViolations,
): { readonly instance: InstanceId; readonly change: CreateChange } {
  const rules = inJobNames(violations)
  const instance = readInstanceId(job.tenantId, rules)
  const task = readNewTask(redactor.task(job.task, rules), tasks.now(), rules)
  const id = readRequestId(requestId, rules)
  violations.throwIfAny()
  const made = id && { id, hash: hashNewTask(task, undefined) }
  return { instance, change: { kind: 'create', task, lease: undefined, request: made } }
}

/** The header is a string of RFC 9651, in quotes; many clients leave them out. */
function unquoted(header: string): string {
  return header.replace(/^"(.*)"$/, '$1')
}
