// The event loop's side of the writer's thread: sends requests, matches answers, and knows when the thread has died.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CommittedEvents, KindCounts } from '../../task/store-watch.js'
import { TaskError } from '../../task/task-error.js'
import { storeUnavailable } from '../sql/store-error.js'
import type { WriterAnswer, WriterNotice, WriterOptions, WriterRequest } from './writer-protocol.js'

interface Waiting {
  readonly resolve: (answer: WriterAnswer) => void
  readonly reject: (error: Error) => void
}

/** Who hears of what goes wrong in the thread. */
export interface WriterWatch {
  /** Something failed; the error says what the caller must not be told. */
  readonly onFailure: (error: Error) => void
  /** There are new events. */
  readonly onChange: (events: readonly CommittedEvents[], kinds: KindCounts) => void
  /** The thread ended by itself: nothing can be written any more. */
  readonly onDeath: (error: Error) => void
}

/** Who writes for a store. */
export interface Writer {
  /** The answer to `request`. Rejects with a TaskError when the store failed, UNAVAILABLE when there is no writer any more. */
  ask(request: WriterRequest): Promise<WriterAnswer>
  /** Is asked nothing any more. */
  close(): Promise<void>
}

/** A running thread. Answers come in the order of the requests. */
export class WriterThread implements Writer {
  private readonly worker: Worker
  private readonly watch: WriterWatch
  private readonly waiting: Waiting[] = []
  private state: 'running' | 'closing' | 'dead' = 'running'

  constructor(options: WriterOptions, watch: WriterWatch) {
    this.watch = watch
    this.worker = new Worker(new URL('./writer-worker.js', import.meta.url), { workerData: options })
    this.worker.on('message', (message: WriterAnswer | WriterNotice) => this.hear(message))
    this.worker.on('error', (error) => this.die(error))
    this.worker.on('exit', (code) => this.die(new Error(`The writer's thread ended with code ${code}`)))
  }

  ask(request: WriterRequest): Promise<WriterAnswer> {
    if (this.state === 'dead') return Promise.reject(storeUnavailable())
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.worker.postMessage(request)
    })
  }

  /** Ends the thread after what it was asked before. */
  async close(): Promise<void> {
    if (this.state !== 'running') return
    this.state = 'closing'
    const exit = once(this.worker, 'exit')
    await this.ask({ kind: 'close' })
    await exit
  }

  private hear(message: WriterAnswer | WriterNotice): void {
    if (message.kind === 'changed') this.watch.onChange(message.events, message.kinds)
    else if (message.kind === 'fault') this.watch.onFailure(new Error(`The store failed: ${message.message}`))
    else this.settle(message)
  }

  private settle(answer: WriterAnswer): void {
    const next = this.waiting.shift()
    if (next === undefined) return
    if (answer.kind !== 'failed') {
      next.resolve(answer)
      return
    }
    this.watch.onFailure(new Error(`The store failed: ${answer.message}`))
    next.reject(answer.error === undefined ? new Error('The writer failed') : TaskError.fromData(answer.error))
  }

  private die(cause: Error): void {
    const unexpected = this.state === 'running'
    this.state = 'dead'
    if (unexpected) this.watch.onDeath(cause)
    for (const { reject } of this.waiting.splice(0)) reject(storeUnavailable())
  }
}
