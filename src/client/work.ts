// Work that is being done under a lease: keeps the lease, reports progress, and hears what is asked of it.
import { setTimeout as wait } from 'node:timers/promises'
import { Task } from '../../gen/openshift/v1/task.js'
import type { RenewTaskLeaseResponse } from '../../gen/openshift/v1/task_producer_service.js'
import { CallError } from './call-error.js'
import { retrying } from './retry.js'
import { isTerminalStatus } from './status.js'
import type { TaskplaneClient } from './taskplane-client.js'

/** Milliseconds between two reports of progress, and before a renewal that failed is tried again. */
const REPORT_INTERVAL_MS = 250
const RENEW_AGAIN_MS = 500
/** Milliseconds between two looks whether a pause is over. */
const PAUSE_LOOK_MS = 1000
/** Milliseconds that an acknowledgement, and another change, are tried. */
const ACKNOWLEDGE_MS = 60_000
const UPDATE_MS = 60_000

/** `signal.reason` of work that somebody cancelled: clean up, which the lease covers, and throw this or anything else. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested'
}

/** `signal.reason` of work that belongs to nobody or somebody else now: stop, nothing can be written any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** Names the work in requests. */
export interface WorkKey {
  readonly serviceInstanceId: string
  readonly taskId: string
  readonly leaseToken: string
}

interface Progress {
  readonly percent: number
  readonly text: string
}

/** What the code that does the work has in hand. */
export class Work {
  readonly key: WorkKey
  private readonly client: TaskplaneClient
  private readonly end = new AbortController()
  private readonly stopped = new AbortController()
  private readonly renewing: Promise<void>
  private latest: Progress | undefined
  private reporting: Promise<void> | undefined
  private readonly updates = new Set<Promise<void>>()
  private isPauseRequested = false
  private lost: LeaseLost | undefined

  /** `heartbeatMs`: when to renew the lease for the first time, and how long each renewal may take. */
  constructor(client: TaskplaneClient, key: WorkKey, heartbeatMs: number) {
    this.client = client
    this.key = key
    this.renewing = this.keepLease(heartbeatMs)
  }

  get taskId(): string {
    return this.key.taskId
  }

  /** Aborts when the work has to stop; its reason is CancelRequested or LeaseLost. */
  get signal(): AbortSignal {
    return this.end.signal
  }

  /** That the work was taken away, also when it had been asked to stop before. */
  get loss(): LeaseLost | undefined {
    return this.lost
  }

  /** Says how far the work is: 0 to 100, rounded, and cut off beyond. Never waits for the server: of reports that come faster, the last one counts. */
  progress(percent: number, text = ''): void {
    this.latest = { percent: wholePercent(percent), text }
    this.reporting ??= this.report()
  }

  /** Changes what the task says about itself: the fields of `task` that `mask` names. Never waits for the server. */
  update(task: Partial<Task>, mask: readonly string[]): void {
    const request = { ...this.key, task: Task.create(task), updateMask: [...mask] }
    const sent = retrying(() => this.client.update(request), { forMs: UPDATE_MS, signal: this.stopped.signal })
    const done = sent.then(() => undefined).catch((error: unknown) => this.hearOfLoss(error)).finally(() => this.updates.delete(done))
    this.updates.add(done)
  }

  /**
   * A place where the work can stand still. When somebody asked to pause, says so and resolves when the work is resumed;
   * otherwise resolves at once. Throws the reason of `signal`, also when the work is cancelled or ends while it stands still.
   */
  async checkpoint(): Promise<void> {
    this.signal.throwIfAborted()
    if (!this.isPauseRequested) return
    this.isPauseRequested = false
    let task = await this.acknowledgePause()
    while (task.status === 'PAUSED' || task.status === 'PAUSING') {
      if (task.status === 'PAUSING') task = await this.acknowledgePause()
      else {
        await wait(PAUSE_LOOK_MS, undefined, { signal: this.signal }).catch(() => undefined)
        task = await this.asked(() => this.client.get(this.key))
      }
    }
    if (task.status === 'CANCELLING') this.hearOfCancel(task)
    if (isTerminalStatus(task.status)) this.lose(`The task has ended meanwhile: it is ${task.status}`)
    this.signal.throwIfAborted()
  }

  /** Sends what waits and stops renewing; resolves when nothing is on its way any more. */
  async close(): Promise<void> {
    this.stopped.abort()
    await Promise.all([this.renewing, this.reporting, ...this.updates])
  }

  /**
   * The task once it stands still, or as it is when it does not allow that: the request was taken back, a cancel came
   * first, or an acknowledgement whose answer was lost had arrived.
   */
  private async acknowledgePause(): Promise<Task> {
    try {
      return await this.asked(() => this.client.acknowledgePause(this.key))
    } catch (error) {
      if (!(error instanceof CallError) || error.reason !== 'STATUS_NOT_ALLOWED') throw error
      return this.asked(() => this.client.get(this.key))
    }
  }

  /** The answer of the server while the work stands still. Throws the reason of `signal` once that aborts. */
  private async asked(send: () => Promise<Task>): Promise<Task> {
    this.signal.throwIfAborted()
    try {
      return await retrying(send, { forMs: ACKNOWLEDGE_MS, signal: this.signal })
    } catch (error) {
      if (error instanceof CallError && isLoss(error)) this.lose(error.message)
      this.signal.throwIfAborted()
      throw error
    }
  }

  private async report(): Promise<void> {
    for (let next = this.take(); next !== undefined; next = this.take()) {
      const { percent, text } = next
      const details = text === '' ? [] : [{ type: 'progress', title: cut(text, 40), detail: cut(text, 511) }]
      const task = Task.create({ progressPercent: percent, statusDetails: details })
      const updateMask = ['progress_percent', 'status_details']
      // A report that is lost is made up for by the next one.
      await this.client.update({ ...this.key, task, updateMask }).catch((error: unknown) => this.hearOfLoss(error))
      await this.pause(REPORT_INTERVAL_MS)
    }
    this.reporting = undefined
  }

  private take(): Progress | undefined {
    const { latest } = this
    this.latest = undefined
    return latest
  }

  /** Until the work is closed or lost: work that has to stop may take longer than the lease to do so. */
  private async keepLease(heartbeatMs: number): Promise<void> {
    const settings = { deadlineMs: heartbeatMs, signal: this.stopped.signal }
    for (let ms = heartbeatMs; ; ) {
      await this.pause(ms)
      if (this.stopped.signal.aborted || this.lost !== undefined) return
      ms = await this.client.renewLease(this.key, settings).then(
        (answer) => this.hear(answer),
        (error: unknown) => {
          this.hearOfLoss(error)
          return RENEW_AGAIN_MS
        },
      )
    }
  }

  private hear({ cancelRequested, pauseRequested, nextHeartbeat, task }: RenewTaskLeaseResponse): number {
    this.isPauseRequested = pauseRequested
    if (cancelRequested) this.hearOfCancel(task)
    return Number(nextHeartbeat?.seconds ?? 0n) * 1000 + (nextHeartbeat?.nanos ?? 0) / 1_000_000
  }

  private hearOfLoss(error: unknown): void {
    if (!(error instanceof CallError)) throw error
    if ((isLoss(error) || error.reason === 'STATUS_NOT_ALLOWED') && !this.stopped.signal.aborted) this.lose(error.message)
  }

  private hearOfCancel(task: Task | undefined): void {
    this.end.abort(new CancelRequested(task?.cancelRequest?.reason ?? ''))
  }

  private lose(message: string): void {
    this.lost ??= new LeaseLost(message)
    this.end.abort(this.lost)
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined)
  }
}

/** Whether an error of the server says that the work belongs to nobody or somebody else. */
export function isLoss(error: CallError): boolean {
  return error.reason === 'LEASE_LOST' || error.code === 'NOT_FOUND'
}

/** 0 to 100; 0 of what is no number, such as a share of nothing. */
function wholePercent(percent: number): number {
  return Number.isNaN(percent) ? 0 : Math.min(Math.max(Math.round(percent), 0), 100)
}

/** At most `length` characters, without splitting one. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text)
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
