// The primary's view of one worker: a process, its channel, and what is known of it.
import cluster, { type Worker } from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { WriterAnswer, WriterRequest } from '../store/sqlite/writer-protocol.js'
import type { InstanceId } from '../task/identifiers.js'
import type { ForwardedLines, SharedAddresses, ToPrimary, ToWorker, WorkerQuestion, WorkerReply, WorkerStart } from './messages.js'
import { Questions } from './questions.js'

/** Does for a worker what it cannot do itself. */
export interface WorkerServices {
  /** Never rejects. */
  readonly write: (request: WriterRequest) => Promise<WriterAnswer>
  readonly take: (lines: ForwardedLines) => void
}

/** How a process has ended. */
export interface WorkerEnd {
  readonly code: number | null
  readonly signal: string | null
}

/** To be called before the first worker is started. */
export function prepareWorkers(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./worker-main.js', import.meta.url)),
    args: [],
    // Revisions are bigints, tasks are bytes.
    serialization: 'advanced',
  })
}

/** A worker that was started. */
export class WorkerProcess {
  readonly place: number
  /** Resolves when it serves. Rejects with what it says when it cannot, and when it ends without a word. */
  readonly serving: Promise<SharedAddresses>
  readonly ended: Promise<WorkerEnd>
  /** On the clock of `performance.now`. */
  readonly startedAt = performance.now()
  isServing = false
  /** Why it cannot serve, when it has said so. */
  failure: Error | undefined
  /** Looks at it since it has last said anything. */
  silentLooks = 0
  private readonly start: WorkerStart
  private readonly worker: Worker
  private readonly services: WorkerServices
  private readonly questions = new Questions<Partial<WorkerReply>>()
  private readonly changed = new Set<InstanceId>()
  private isTelling = false
  private onServing: (addresses: SharedAddresses) => void = () => undefined
  private onFailed: (error: Error) => void = () => undefined

  constructor(start: WorkerStart, services: WorkerServices) {
    this.place = start.place.number
    this.start = start
    this.services = services
    this.worker = cluster.fork()
    this.serving = new Promise((resolve, reject) => {
      this.onServing = resolve
      this.onFailed = reject
    })
    this.ended = this.end()
    this.worker.on('message', (message: ToPrimary) => this.hear(message))
  }

  get pid(): number {
    return this.worker.process.pid ?? 0
  }

  /** Tells it of instances that have new events: at once, or with what else there is when the last message has left. */
  tell(instances: Iterable<InstanceId>): void {
    for (const instance of instances) this.changed.add(instance)
    if (this.isTelling || this.changed.size === 0) return
    this.isTelling = true
    const message = { kind: 'changed', instances: [...this.changed] } as const
    this.changed.clear()
    this.send(message, () => {
      this.isTelling = false
      this.tell([])
    })
  }

  /** Its answer; rejects when it ends before. */
  async ask<Question extends WorkerQuestion>(question: Question): Promise<WorkerReply[Question]> {
    const reply = await this.questions.ask((id) => this.send({ kind: 'question', id, question }))
    return reply[question] as WorkerReply[Question]
  }

  /** Has it finish what it does, and end. */
  stop(delayMs: number): void {
    this.isServing = false
    this.send({ kind: 'stop', delayMs })
  }

  kill(): void {
    this.isServing = false
    this.worker.process.kill('SIGKILL')
  }

  private send(message: ToWorker, onSent: () => void = () => undefined): void {
    if (this.worker.isConnected()) this.worker.process.send(message, undefined, undefined, onSent)
  }

  private hear(message: ToPrimary): void {
    this.silentLooks = 0
    switch (message.kind) {
      case 'listening':
        this.send(this.start)
        break
      case 'serving':
        this.isServing = true
        this.onServing(message.addresses)
        break
      case 'failed':
        this.failure = new Error(message.message)
        this.onFailed(this.failure)
        break
      case 'request':
        void this.write(message.id, message.request)
        break
      case 'reply':
        this.questions.answer(message.id, message.reply)
        break
      case 'lines':
        this.services.take(message.lines)
    }
  }

  private async write(id: number, request: WriterRequest): Promise<void> {
    this.send({ kind: 'answer', id, answer: await this.services.write(request) })
  }

  private async end(): Promise<WorkerEnd> {
    // What it has said last is heard when the channel ends, which may be after the process has.
    const disconnected = new Promise((resolve) => this.worker.once('disconnect', resolve))
    const end = await this.exit()
    this.isServing = false
    if (this.hasBegun) await disconnected
    const what = `has ended by ${end.signal ?? end.code} before it served`
    this.onFailed(this.failure ?? new Error(`Cannot start:\n  Worker ${this.place} ${what}`))
    this.questions.abandon(new Error(`Worker ${this.place} has ended`))
    return end
  }

  private exit(): Promise<WorkerEnd> {
    return new Promise((resolve) => {
      this.worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }))
      this.worker.on('error', (error) => {
        // What cannot be sent, be it by Node itself, is for a worker that is ending: its exit tells.
        if (this.hasBegun) return
        this.failure ??= new Error(`Cannot start:\n  Worker ${this.place} is no process: ${error.message}`, { cause: error })
        resolve({ code: null, signal: null })
      })
    })
  }

  /** Whether there is, or was, a process. */
  private get hasBegun(): boolean {
    return this.worker.process.pid !== undefined
  }
}
