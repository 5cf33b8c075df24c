// What a task service has to do, in the fewest words: a model that shares no code with what it is compared to.
import { CONTROL_LIMITS, FAMILY_LIMITS, LEASE_LIMITS } from '../../../src/limits.js'

/** Milliseconds of every lease here. */
export const TTL = LEASE_LIMITS.ttlMinMs

/** What a task is made with. */
export interface Traits {
  readonly cancelSupported: boolean
  readonly pauseSupported: boolean
  /** Owners that it may have; 0 without a lease policy. */
  readonly attempts: number
  /** Milliseconds from now; 0 for none. */
  readonly deadlineMs: number
  /** Which task made before is its parent; undefined for none. */
  readonly parent: number | undefined
}

/** One call. `task`: which of the tasks made before, modulo their number. */
export type Step =
  | { readonly op: 'create'; readonly traits: Traits }
  | { readonly op: 'advance'; readonly ms: number }
  | { readonly op: 'list' | 'look' }
  | { readonly op: Op; readonly task: number; readonly token: 'own' | 'none' | 'wrong'; readonly etag: 'none' | 'current' | 'stale' }

/** What can be asked for of a task that exists. */
export type Op =
  | 'get' | 'events' | 'start' | 'renew' | 'update' | 'complete' | 'fail'
  | 'pause' | 'resume' | 'cancel' | 'acknowledgePause' | 'acknowledgeCancel' | 'delete'

/** A task of the model. */
export interface ModelTask {
  readonly traits: Traits
  readonly parent: ModelTask | undefined
  id: string
  status: string
  revision: bigint
  /** '' while nobody has the lease. */
  token: string
  attempt: number
  expiresAt: number | undefined
  answerBy: number | undefined
  readonly deadline: number | undefined
  readonly events: string[]
}

const LIVE = ['RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING']
const ENDED = ['SUCCEEDED', 'FAILED', 'CANCELLED']
const COMPLETABLE = ['RUNNING', 'PAUSING', 'CANCELLING']

/** All tasks of an instance. Every method answers `OK` or the reason of the refusal, and changes the model. */
export class TaskModel {
  readonly tasks: ModelTask[] = []
  revision = 0n
  now: number
  private tokens = 0

  constructor(now: number) {
    this.now = now
  }

  pick(index: number): ModelTask | undefined {
    return this.tasks[index % Math.max(this.tasks.length, 1)]
  }

  /** The token that a step means. A start without one that it could repeat takes a new one. */
  tokenOf(step: { readonly op: string; readonly token: string }, task: ModelTask | undefined): string {
    if (step.token === 'wrong') return 'the-token-of-nobody'
    const own = task?.token ?? ''
    if (step.op !== 'start') return step.token === 'own' ? own : ''
    return step.token === 'own' && own !== '' ? own : `token-number-${(this.tokens += 1)}-of-the-model`
  }

  create(traits: Traits): string {
    const parent = traits.parent === undefined ? undefined : this.pick(traits.parent)
    if (parent !== undefined) {
      if (parent.status === 'DELETED') return 'TASK_NOT_FOUND'
      if (ENDED.includes(parent.status) || ancestors(parent) >= FAMILY_LIMITS.depth) return 'PARENT_NOT_ALLOWED'
    }
    const deadline = traits.deadlineMs === 0 ? undefined : this.now + traits.deadlineMs
    const blank = { id: '', status: 'PENDING', revision: 0n, token: '', attempt: 0, expiresAt: undefined, answerBy: undefined }
    const task: ModelTask = { ...blank, traits, parent, deadline, events: [] }
    this.tasks.push(task)
    this.wrote(task, 'CREATED')
    return 'OK'
  }

  change(op: Op, task: ModelTask | undefined, more: { readonly token: string; readonly isStale: boolean }): string {
    if (task === undefined || task.status === 'DELETED') {
      if (task === undefined) return 'TASK_NOT_FOUND'
      return op === 'events' ? 'OK' : 'TASK_DELETED'
    }
    if (op === 'get' || op === 'events') return 'OK'
    if (more.isStale) return 'ETAG_MISMATCH'
    switch (op) {
      case 'start':
        return this.start(task, more.token)
      case 'cancel':
      case 'pause':
      case 'resume':
        return this.ask(op, task)
      case 'delete':
        if (LIVE.includes(task.status)) return 'STATUS_NOT_ALLOWED'
        if (this.tasks.some(({ parent, status }) => parent === task && status !== 'DELETED')) return 'HAS_PARTS'
        task.status = 'DELETED'
        return this.wrote(task, 'DELETED')
      default:
        return this.byOwner(op, task, more.token)
    }
  }

  /** One look for what is due. */
  advance(ms: number): void {
    this.now += ms
    const due = this.tasks.filter((task) => dueAt(task) <= this.now).toSorted((a, b) => dueAt(a) - dueAt(b))
    for (const task of due) this.due(task)
  }

  private due(task: ModelTask): void {
    // What happened to a task before it in the same look may have put it off.
    if (dueAt(task) > this.now) return
    if ((task.deadline ?? Infinity) <= this.now) this.end(task, 'FAILED', 'FAILED')
    else if ((task.answerBy ?? Infinity) <= this.now) {
      if (task.status === 'CANCELLING') this.end(task, 'FAILED', 'FAILED')
      else {
        task.status = 'RUNNING'
        task.answerBy = undefined
        this.wrote(task, 'PAUSE_ABANDONED')
      }
    } else if (this.tasks.some(({ parent, status }) => parent === task && LIVE.includes(status))) this.renew(task)
    else if (task.token === '' || task.attempt >= task.traits.attempts) this.end(task, 'FAILED', 'FAILED')
    else {
      task.token = ''
      this.renew(task)
      this.wrote(task, 'LEASE_EXPIRED')
    }
  }

  private start(task: ModelTask, token: string): string {
    const isLeased = task.traits.attempts > 0 && !ENDED.includes(task.status)
    if (isLeased && task.token === token) return 'OK'
    if (isLeased && task.token !== '') return 'LEASE_HELD'
    if (ENDED.includes(task.status) || (!isLeased && task.status !== 'PENDING')) return 'STATUS_NOT_ALLOWED'
    if (task.attempt === 0) task.status = 'RUNNING'
    if (isLeased) {
      task.attempt += 1
      task.token = token
      this.renew(task)
    }
    return this.wrote(task, 'STARTED')
  }

  private byOwner(op: Op, task: ModelTask, token: string): string {
    const isLeased = task.traits.attempts > 0 && !ENDED.includes(task.status)
    const isGuarded = isLeased && LIVE.includes(task.status)
    if ((isGuarded || token !== '') && (task.token === '' || task.token !== token)) return 'LEASE_LOST'
    const from = (...statuses: readonly string[]): boolean => statuses.includes(task.status)
    switch (op) {
      case 'renew':
        if (!isLeased) return 'NOT_SUPPORTED'
        if (!isGuarded) return 'STATUS_NOT_ALLOWED'
        this.renew(task)
        return 'OK'
      case 'update':
        return from(...ENDED) ? 'STATUS_NOT_ALLOWED' : this.wrote(task, 'UPDATED')
      case 'complete':
        return from(...COMPLETABLE) ? this.end(task, 'SUCCEEDED', 'SUCCEEDED') : 'STATUS_NOT_ALLOWED'
      case 'fail':
        return from('PENDING', ...LIVE) ? this.end(task, 'FAILED', 'FAILED') : 'STATUS_NOT_ALLOWED'
      case 'acknowledgeCancel':
        return from('PAUSED', 'CANCELLING') ? this.end(task, 'CANCELLED', 'CANCELLED') : 'STATUS_NOT_ALLOWED'
      default:
        if (!from('PAUSING')) return 'STATUS_NOT_ALLOWED'
        task.status = 'PAUSED'
        task.answerBy = undefined
        return this.wrote(task, 'PAUSED')
    }
  }

  private ask(op: 'cancel' | 'pause' | 'resume', task: ModelTask): string {
    if (!(op === 'cancel' ? task.traits.cancelSupported : task.traits.pauseSupported)) return 'NOT_SUPPORTED'
    const [done, from, to] = {
      cancel: [['CANCELLING', 'CANCELLED'], ['PENDING', 'RUNNING', 'PAUSING', 'PAUSED'], 'CANCELLING'],
      pause: [['PAUSING', 'PAUSED'], ['RUNNING'], 'PAUSING'],
      resume: [['RUNNING'], ['PAUSING', 'PAUSED'], 'RUNNING'],
    }[op] as [string[], string[], string]
    if (done.includes(task.status)) return 'OK'
    if (!from.includes(task.status)) return 'STATUS_NOT_ALLOWED'
    if (op !== 'cancel') {
      task.status = to
      task.answerBy = op === 'pause' ? this.now + CONTROL_LIMITS.answerMs : undefined
      return this.wrote(task, op === 'pause' ? 'PAUSE_REQUESTED' : 'RESUMED')
    }
    return this.cancel(task, to)
  }

  private cancel(task: ModelTask, to: string): string {
    const hasNobody = task.status === 'PENDING' || (task.traits.attempts > 0 && task.token === '')
    task.status = hasNobody ? 'CANCELLED' : to
    task.answerBy = this.now + CONTROL_LIMITS.answerMs
    this.wrote(task, hasNobody ? 'CANCELLED' : 'CANCEL_REQUESTED')
    for (const child of this.tasks.filter(({ parent }) => parent === task)) this.ask('cancel', child)
    if (hasNobody) this.over(task)
    return 'OK'
  }

  private end(task: ModelTask, status: string, kind: string): string {
    task.status = status
    this.wrote(task, kind)
    return this.over(task)
  }

  private over(task: ModelTask): string {
    task.token = ''
    task.expiresAt = undefined
    task.answerBy = undefined
    if (task.parent?.expiresAt !== undefined) this.renew(task.parent)
    return 'OK'
  }

  private renew(task: ModelTask): void {
    task.expiresAt = this.now + TTL
  }

  private wrote(task: ModelTask, kind: string): string {
    this.revision += 1n
    task.revision = this.revision
    task.events.push(kind)
    return 'OK'
  }
}

/** A task and those above it, as far as they have not been deleted. */
function ancestors(task: ModelTask | undefined): number {
  return task === undefined || task.status === 'DELETED' ? 0 : 1 + ancestors(task.parent)
}

function dueAt({ status, deadline, expiresAt, answerBy }: ModelTask): number {
  if (ENDED.includes(status) || status === 'DELETED') return Infinity
  return Math.min(deadline ?? Infinity, expiresAt ?? Infinity, answerBy ?? Infinity)
}
