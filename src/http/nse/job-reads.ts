// Reads jobs and their job tasks, within the bounds of one answer.
import { Task } from '../../../gen/openshift/v1/task.js'
import type { CallContext } from '../../api/api-method.js'
import type { PollAdvice } from '../../api/poll-advice.js'
import { LIST_LIMITS, NSE_LIMITS } from '../../limits.js'
import { readableInstances, type Caller } from '../../task/caller.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import { taskNotFound } from '../../task/task-error.js'
import type { TaskKey } from '../../task/task-key.js'
import type { TaskService } from '../../task/task-service.js'
import { getEnvelope, listEnvelope, type Envelope } from './envelope.js'
import { hasEnded, jobOf, jobTaskOf, type Job, type JobTask } from './job.js'
import { SORT_FIELDS, type JobListQuery } from './job-query.js'

/** A job of a tenant, whose job tasks are still to be read. */
interface BareJob {
  readonly key: TaskKey
  readonly job: Job
}

/** Answers a list. Rejects with the reason of the context's signal. */
export async function listJobs(tasks: TaskService, query: JobListQuery, context: CallContext): Promise<Envelope> {
  const { jobs, total } = await readJobs(tasks, query, context)
  const { sort_by, order_by, offset, limit } = query
  const part = { returned_records: jobs.length, total_records: total, sort_by, order_by, offset, limit }
  const answer = (records: readonly Job[], note: string): Envelope => listEnvelope({ ...part, records }, note)
  const room = new AnswerRoom(NSE_LIMITS.jobTasksOfListed, (note) => answer(jobs.map(({ job }) => job), note))
  const records: Job[] = []
  for (const bare of jobs) records.push(await withJobTasks(tasks, bare, { room, signal: context.signal }))
  return answer(records, room.note)
}

/** A job that is asked for: where it is, and how long to wait for its end. */
export interface JobRequest {
  readonly id: TaskId
  /** Undefined: any that the caller may see. */
  readonly tenant: InstanceId | undefined
  /** 0 answers at once. */
  readonly waitMs: number
}

/** Answers one job, once it has ended or as it is when the time is up. Throws NOT_FOUND, also for a part of a job. */
export async function getJob(
  { tasks, polls }: { readonly tasks: TaskService; readonly polls: PollAdvice },
  { id, tenant, waitMs }: JobRequest,
  context: CallContext,
): Promise<Envelope> {
  const key = await tasks.locate(id, visible(context.caller, tenant))
  const found = readRoot(await tasks.get(key))
  const task = waitMs === 0 || hasEnded(found) ? found : readRoot(await tasks.wait(key, waitMs, context.signal))
  polls.again(task, context)
  const bare = { key, job: jobOf(task, []) }
  const room = new AnswerRoom(NSE_LIMITS.jobTasks, (note) => getEnvelope(bare.job, note))
  return getEnvelope(await withJobTasks(tasks, bare, { room, signal: context.signal }), room.note)
}

/** The tenants to look in. One that the caller may not see is like one that has nothing. */
function visible(caller: Caller, tenant: InstanceId | undefined): readonly InstanceId[] | undefined {
  const instances = readableInstances(caller)
  if (tenant === undefined) return instances
  return (instances?.includes(tenant) ?? true) ? [tenant] : []
}

/** Throws NOT_FOUND for a part: it is a job task, not a job. */
function readRoot({ encoded }: { readonly encoded: Uint8Array }): Task {
  const task = Task.decode(encoded)
  if (task.parentTaskId !== '') throw taskNotFound(task.id)
  return task
}

/**
 * The jobs of a list, without their job tasks. A read ends early where tasks are large; others follow it until the list
 * has what was asked for, since its callers take a short one for the end.
 */
async function readJobs(
  tasks: TaskService,
  { tenant, sort_by, order_by, offset, limit }: JobListQuery,
  { caller, signal }: CallContext,
): Promise<{ readonly jobs: readonly BareJob[]; readonly total: number }> {
  const order = { field: SORT_FIELDS[sort_by], descending: order_by === 'desc' }
  const instances = visible(caller, tenant)
  const jobs: BareJob[] = []
  for (;;) {
    const at = offset + jobs.length
    const { tasks: read, total } = await tasks.slice({ instances, order, offset: at, limit: limit - jobs.length }, signal)
    jobs.push(...read.map(bareJob))
    if (read.length === 0 || jobs.length === limit || offset + jobs.length >= total) return { jobs, total }
  }
}

function bareJob(encoded: Uint8Array): BareJob {
  const task = Task.decode(encoded)
  const key = { instance: task.serviceInstanceId as InstanceId, taskId: task.id as TaskId }
  return { key, job: jobOf(task, []) }
}

/** How many more job tasks an answer takes, so that it stays within LIST_LIMITS.pageBytes. */
class AnswerRoom {
  private isCut = false
  private total: number = NSE_LIMITS.jobTasks
  private bytes: number
  private readonly ofOneJob: number

  /** Room for at most `ofOneJob` job tasks of each job; `without` makes the answer without any, but with a note. */
  constructor(ofOneJob: number, without: (note: string) => Envelope) {
    this.ofOneJob = ofOneJob
    this.bytes = LIST_LIMITS.pageBytes - jsonBytes(without(noteOf(ofOneJob)))
  }

  /** Job tasks that one job can still have, of which it has `taken`. */
  left(taken: number): number {
    return Math.min(this.ofOneJob - taken, this.total)
  }

  /** Whether there is room for a job task; takes it. */
  take(jobTask: JobTask): boolean {
    const bytes = jsonBytes(jobTask) + COMMA
    if (bytes > this.bytes) return false
    this.bytes -= bytes
    this.total -= 1
    return true
  }

  /** Something was left out. */
  cut(): void {
    this.isCut = true
  }

  /** What the caller has to know of what is missing; '' when nothing is. */
  get note(): string {
    return this.isCut ? noteOf(this.ofOneJob) : ''
  }
}

const COMMA = 1

function noteOf(ofOneJob: number): string {
  return `Not all job tasks are shown: at most ${ofOneJob} of a job, ${NSE_LIMITS.jobTasks} of an answer and ${LIST_LIMITS.pageBytes} bytes`
}

function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** The job with its job tasks, as far as there is room for them. */
async function withJobTasks(
  tasks: TaskService,
  { key, job }: BareJob,
  { room, signal }: { readonly room: AnswerRoom; readonly signal: AbortSignal },
): Promise<Job> {
  const shown: { readonly orderHint: number; readonly jobTask: JobTask }[] = []
  const order = { field: 'created_at', descending: false } as const
  const filter = { kind: 'text', field: 'parent_task_id', comparator: '=', value: key.taskId } as const
  let after: bigint | undefined
  do {
    const limit = room.left(shown.length)
    const page = await tasks.page(key.instance, { order, filter, after, limit: Math.max(limit, 1) }, signal)
    for (const task of page.tasks.map((encoded) => Task.decode(encoded))) {
      const jobTask = jobTaskOf(task)
      if (room.left(shown.length) === 0 || !room.take(jobTask)) {
        room.cut()
        return { ...job, job_tasks: inOrder(shown) }
      }
      shown.push({ orderHint: task.orderHint, jobTask })
    }
    after = page.next
  } while (after !== undefined)
  return { ...job, job_tasks: inOrder(shown) }
}

/** By their hints, those with the same as they were recorded. */
function inOrder(shown: readonly { readonly orderHint: number; readonly jobTask: JobTask }[]): readonly JobTask[] {
  return shown.toSorted((a, b) => a.orderHint - b.orderHint).map(({ jobTask }) => jobTask)
}
