// The workers of a server: started together, replaced when they end, stopped together.
import type { Logger } from 'pino'
import { LOG_LIMITS, PROBE_LIMITS, SHUTDOWN_LIMITS, WORKER_LIMITS } from '../limits.js'
import type { InstanceId } from '../task/identifiers.js'
import type { SharedAddresses, WorkerStart } from './messages.js'
import { prepareWorkers, WorkerProcess, type WorkerEnd, type WorkerServices } from './worker-process.js'

/** What a pool works with. */
export interface PoolParts {
  readonly workers: number
  readonly start: Pick<WorkerStart, 'texts' | 'version'>
  readonly services: WorkerServices
  readonly log: Logger
  /** Hears of a worker that has ended unasked. */
  readonly onEnded: (worker: WorkerProcess) => void
}

/** Workers, each at its place. */
export class WorkerPool {
  private readonly parts: PoolParts
  private readonly workers = new Map<number, WorkerProcess>()
  private readonly looking: NodeJS.Timeout
  private readonly restarts = new Set<NodeJS.Timeout>()
  /** Where the next one listens. */
  private listenAt: SharedAddresses
  /** Where the first one to serve listens; port 0 is a number here. */
  private addresses: SharedAddresses | undefined
  private isStopping = false

  constructor(parts: PoolParts) {
    this.parts = parts
    this.listenAt = { grpc: parts.start.texts.grpc, http: parts.start.texts.http }
    this.looking = setInterval(() => this.look(), PROBE_LIMITS.healthIntervalMs)
    prepareWorkers()
  }

  /** Starts all of them; resolves with their addresses when they serve. Rejects with what the first one says that cannot. */
  async start(): Promise<SharedAddresses> {
    const places = Array.from({ length: this.parts.workers }, (_, index) => index + 1)
    await Promise.all(places.map((place) => this.launch(place).serving))
    return this.addresses ?? this.listenAt
  }

  /** Those that serve. */
  get serving(): readonly WorkerProcess[] {
    return [...this.workers.values()].filter(({ isServing }) => isServing)
  }

  /** Resolves when one of them can serve; rejects when none can. */
  async check(): Promise<void> {
    await Promise.any(
      this.serving.map(async (worker) => {
        if (!(await worker.ask('ready'))) throw new Error(`Worker ${worker.place} is not ready`)
      }),
    )
  }

  /** Tells all of them of instances that have new events. */
  tell(instances: ReadonlySet<InstanceId>): void {
    for (const worker of this.workers.values()) worker.tell(instances)
  }

  /** Has all of them read certificates, keys and grants again. */
  async reload(): Promise<void> {
    await Promise.allSettled(this.serving.map((worker) => worker.ask('reloaded')))
  }

  /** Has those that serve finish what they do, and ends those that do not in their time; resolves when all have ended. */
  async stop(delayMs: number): Promise<void> {
    this.isStopping = true
    clearInterval(this.looking)
    for (const restart of this.restarts) clearTimeout(restart)
    const workers = [...this.workers.values()]
    for (const worker of workers) {
      if (worker.isServing) worker.stop(delayMs)
      else worker.kill()
    }
    const late = setTimeout(() => workers.forEach((worker) => worker.kill()), delayMs + SHUTDOWN_LIMITS.drainMs + LOG_LIMITS.drainMs)
    await Promise.all(workers.map(({ ended }) => ended))
    clearTimeout(late)
  }

  private launch(place: number): WorkerProcess {
    const { workers: of, start, services } = this.parts
    const texts = { ...start.texts, ...this.listenAt }
    const worker = new WorkerProcess({ ...start, kind: 'start', texts, place: { number: place, of } }, services)
    this.workers.set(place, worker)
    worker.serving.then(
      (addresses) => this.welcome(worker, addresses),
      // Its end is logged, with what it says.
      () => undefined,
    )
    void worker.ended.then((end) => this.replace(worker, end))
    return worker
  }

  private welcome(worker: WorkerProcess, addresses: SharedAddresses): void {
    const { log } = this.parts
    this.addresses ??= addresses
    const { grpc, http } = this.addresses
    if (addresses.grpc === grpc && addresses.http === http) {
      log.info({ worker: worker.place, pid: worker.pid }, 'worker serves')
      return
    }
    // All others had gone, and with them the ports that stood for 0: the next one takes those numbers again.
    this.listenAt = this.addresses
    worker.kill()
  }

  private replace(worker: WorkerProcess, { code, signal }: WorkerEnd): void {
    const { place, pid, startedAt } = worker
    this.workers.delete(place)
    if (this.isStopping) return
    const { log, onEnded } = this.parts
    const err = worker.failure
    log.error({ worker: place, pid, code, signal, ...(err && { err }) }, 'worker has ended: starting another one')
    onEnded(worker)
    const restart = setTimeout(
      () => {
        this.restarts.delete(restart)
        this.launch(place)
      },
      Math.max(WORKER_LIMITS.restartMs - (performance.now() - startedAt), 0),
    )
    this.restarts.add(restart)
  }

  /** Ends those that have been silent for long: a process whose event loop does not run serves nobody. */
  private look(): void {
    for (const worker of this.serving) {
      if (worker.silentLooks * PROBE_LIMITS.healthIntervalMs >= WORKER_LIMITS.silentMs) {
        this.parts.log.error({ worker: worker.place, pid: worker.pid }, 'worker does not answer: ending it')
        worker.kill()
      } else {
        worker.silentLooks += 1
        worker.ask('ready').catch(() => undefined)
      }
    }
  }
}
