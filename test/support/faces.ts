// The dialects that a task is read in, each with what it has to say of a task: written from the documents, not from the code.
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import type { Status as RpcStatus } from '../../gen/google/rpc/status.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import type { Task, Task_Status } from '../../gen/openshift/v1/task.js'

/** What an answer says, in a face's own words. */
export type Story = Readonly<Record<string, unknown>>

/** A dialect over HTTP. */
export interface Face {
  readonly name: string
  /** Where a task is, from the root on. */
  path(task: Task): string
  /** Of an answer, what `expected` speaks of too. */
  story(body: Story): Story
  /** What is said of a task. */
  expected(task: Task): Story
}

const ENDED: readonly Task_Status[] = ['SUCCEEDED', 'FAILED', 'CANCELLED']

/** A time as proto3 JSON has it. */
function time(date: Date | undefined): string | undefined {
  return date?.toISOString().replace('.000Z', 'Z')
}

/** The reason and domain of an Any that holds an ErrorInfo, as all payloads here do. */
function infoOf({ value }: Any): Pick<ErrorInfo, 'reason' | 'domain'> {
  const { reason, domain } = ErrorInfo.decode(value)
  return { reason, domain }
}

/** Canonical JSON of a payload. */
function canonical(any: Any): Story {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...infoOf(any) }
}

/** The form of a payload that the OpenShift documents draw. */
function documented({ typeUrl, value }: Any): Story {
  return { typeUrl, value: Buffer.from(value).toString('base64') }
}

function statusJson(error: RpcStatus | undefined, any: (detail: Any) => Story): Story | undefined {
  if (error === undefined) return undefined
  return { code: error.code, message: error.message, ...(error.details.length > 0 && { details: error.details.map(any) }) }
}

/** The fields of a task that every face of the contract has to agree on. */
function coreOf(task: Task, any: (payload: Any) => Story): Story {
  return {
    id: task.id,
    serviceInstanceId: task.serviceInstanceId,
    command: task.command,
    status: task.status,
    createdAt: time(task.createdAt),
    modifiedAt: time(task.modifiedAt),
    startedAt: time(task.startedAt),
    endedAt: time(task.endedAt),
    cancelledAt: time(task.cancelledAt),
    progressPercent: task.progressPercent,
    outcome: task.outcome === 'OUTCOME_UNSPECIFIED' ? undefined : task.outcome,
    endReason: task.endReason === 'END_REASON_UNSPECIFIED' ? undefined : task.endReason,
    response: task.response && any(task.response),
    error: statusJson(task.error, any),
    revision: String(task.revision),
    etag: task.etag,
  }
}

/** The same of a task in JSON. */
function coreOfJson(task: Story): Story {
  const { id, serviceInstanceId, command, status, createdAt, modifiedAt, startedAt, endedAt, cancelledAt } = task
  const { progressPercent, outcome, endReason, response, error, revision, etag } = task
  const times = { createdAt, modifiedAt, startedAt, endedAt, cancelledAt }
  return { id, serviceInstanceId, command, status, ...times, progressPercent, outcome, endReason, response, error, revision, etag }
}

const OPENSHIFT: Face = {
  name: 'OpenShift REST',
  path: ({ serviceInstanceId, id }) => `/openshift/v1/${serviceInstanceId}/tasks/${id}`,
  story: ({ task }) => coreOfJson(task as Story),
  expected: (task) => coreOf(task, documented),
}

const LONGRUNNING: Face = {
  name: 'google.longrunning',
  path: ({ serviceInstanceId, id }) => `/v1/instances/${serviceInstanceId}/operations/${id}`,
  story: ({ metadata, ...operation }) => ({ ...operation, metadata: coreOfJson(metadata as Story) }),
  expected(task) {
    const done = ENDED.includes(task.status)
    const empty = { '@type': 'type.googleapis.com/google.protobuf.Empty' }
    return {
      name: `instances/${task.serviceInstanceId}/operations/${task.id}`,
      done,
      error: statusJson(task.error, canonical),
      response: done && task.error === undefined ? (task.response ? canonical(task.response) : empty) : undefined,
      metadata: coreOf(task, canonical),
    }
  },
}

const AZURE_WORDS: Readonly<Partial<Record<Task_Status, string>>> = {
  PENDING: 'NotStarted',
  RUNNING: 'Running',
  PAUSING: 'Running',
  PAUSED: 'Running',
  CANCELLING: 'Canceling',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  CANCELLED: 'Canceled',
}
/** Names of the numbers of google.rpc.Code that tasks end with here. */
const CODES: Readonly<Record<number, string>> = { 1: 'CANCELLED', 4: 'DEADLINE_EXCEEDED', 10: 'ABORTED', 13: 'INTERNAL' }

function azureError({ code, message, details }: RpcStatus): Story {
  const parts = details.map(infoOf).map(({ reason, domain }) => ({ code: reason, message, target: domain }))
  return { code: CODES[code], message, ...(parts.length > 0 && { details: parts }) }
}

const MONITOR: Face = {
  name: 'status monitor',
  path: ({ serviceInstanceId, id }) => `/openshift/v1/${serviceInstanceId}/tasks/${id}/monitor`,
  story: (body) => body,
  expected: (task) => ({
    id: task.id,
    kind: task.command,
    status: AZURE_WORDS[task.status],
    percentComplete: task.progressPercent,
    createdTime: time(task.createdAt),
    startTime: time(task.startedAt),
    endTime: time(task.endedAt),
    result: task.response && canonical(task.response),
    error: task.error && azureError(task.error),
    outcome: task.outcome === 'OUTCOME_UNSPECIFIED' ? undefined : task.outcome,
    revision: String(task.revision),
    etag: task.etag,
  }),
}

const JOB_WORDS: Readonly<Partial<Record<Task_Status, readonly [status: string, state?: string]>>> = {
  PENDING: ['pending'],
  RUNNING: ['running'],
  PAUSING: ['running'],
  PAUSED: ['waiting'],
  CANCELLING: ['running'],
  SUCCEEDED: ['successful', 'NORMAL'],
  FAILED: ['failed', 'ERROR'],
  CANCELLED: ['canceled', 'ERROR'],
}

/** A job; a part of one is the only job task of what it is a part of. */
const JOBS: Face = {
  name: 'Service Engine jobs',
  path: ({ serviceInstanceId, id, parentTaskId }) => `/v2.1/jobs/${parentTaskId || id}?tenant_id=${serviceInstanceId}`,
  story({ result }) {
    const [job = {}] = (result as { readonly records: readonly Story[] }).records
    const [{ id, job_id, action, status, state, last_error } = job] = job['job_tasks'] as readonly Story[]
    const times = job_id === undefined ? { created: job['created'], updated: job['updated'] } : {}
    return { id, job_id, action, status, state, last_error, ...times }
  },
  expected(task) {
    const [status, state] = JOB_WORDS[task.status] ?? []
    const isPart = task.parentTaskId !== ''
    return {
      id: task.id,
      job_id: isPart ? task.parentTaskId : undefined,
      action: task.command,
      status,
      state: isPart ? undefined : task.outcome === 'PARTIAL' ? 'PARTIAL_FAILURES' : state,
      last_error: task.error?.message ?? '',
      ...(!isPart && { created: task.createdAt?.toISOString(), updated: task.modifiedAt?.toISOString() }),
    }
  },
}

const ASTRA_STATES: Readonly<Partial<Record<Task_Status, string>>> = {
  PENDING: 'notStarted',
  RUNNING: 'running',
  PAUSING: 'pausing',
  PAUSED: 'paused',
  CANCELLING: 'cancelling',
  SUCCEEDED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
}

const ASTRA: Face = {
  name: 'Astra',
  path: ({ serviceInstanceId, id }) => `/accounts/${serviceInstanceId}/core/v1/tasks/${id}`,
  story({ id, parentTaskID, state, percentDone, startTime, endTime, cancelTime, stateDetails, metadata }) {
    const { creationTimestamp: created, modificationTimestamp: modified } = metadata as Story
    const details = (stateDetails as readonly Story[]).map(({ detail }) => detail)
    return { id, parentTaskID, state, percentDone, startTime, endTime, cancelTime, details, created, modified }
  },
  expected: (task) => ({
    id: task.id,
    parentTaskID: task.parentTaskId || undefined,
    state: ASTRA_STATES[task.status],
    percentDone: task.status === 'SUCCEEDED' ? 100 : task.progressPercent,
    startTime: task.startedAt?.toISOString(),
    endTime: task.endedAt?.toISOString(),
    cancelTime: task.cancelledAt?.toISOString(),
    details: task.status === 'FAILED' ? [task.error?.message] : task.statusDetails.map(({ detail }) => detail),
    created: task.createdAt?.toISOString(),
    modified: task.modifiedAt?.toISOString(),
  }),
}

/** Every dialect. */
export const FACES: readonly Face[] = [OPENSHIFT, LONGRUNNING, MONITOR, JOBS, ASTRA]
