// The process that supervises workers. Over SQLite it also has the file: it writes for all of them, does what time makes due,
// and has the audit log. It answers probes, and serves no callers itself.
import type { Logger } from 'pino'
import { Readiness } from '../api/readiness.js'
import type { App, AppWatch } from '../app.js'
import { formatAddress, type Config } from '../config.js'
import { adminApp } from '../http/admin-app.js'
import { startHttpServer, type HttpServer } from '../http/http-server.js'
import { PROBE_LIMITS } from '../limits.js'
import { openIdentity, type Identity } from '../open-identity.js'
import { openStore } from '../open-store.js'
import { cannotStart, collect, openPort, PORTS, tryPorts } from '../ports.js'
import { PurgeTimer } from '../purge-timer.js'
import { answerRequest } from '../store/sqlite/answer-request.js'
import type { InstanceId } from '../task/identifiers.js'
import type { TaskStore } from '../task/task-store.js'
import type { WorkerStart } from './messages.js'
import { MetricsSum } from './metrics-sum.js'
import { WorkerPool } from './worker-pool.js'

/** Who sees what happens, and what workers are started with. */
export interface PrimaryParts extends AppWatch, Pick<WorkerStart, 'texts' | 'version'> {
  readonly log: Logger
}

/** Starts a server of `config.workers` workers. Rejects with an Error that names the setting of everything that cannot be opened. */
export async function startPrimary(config: Config, parts: PrimaryParts): Promise<App> {
  const { sight, onDeath } = parts
  const faults: string[] = []
  const identity = openIdentity(config.identity, (error) => sight.fault(error, 'identity'), faults)
  const onFailure = (error: Error): void => sight.fault(error, 'store')
  const reports = { onDeath, onFailure, watch: sight.storeWatch }
  // Over PostgreSQL every worker has a store of its own.
  const store = config.store.kind === 'sqlite' ? await collect(faults, openStore(config, reports)) : undefined
  if (faults.length > 0) {
    await tryPorts(PORTS, config, faults)
    identity.close()
    await store?.close()
    throw cannotStart(faults)
  }
  const primary = new Primary(store, identity, { ...parts, workers: config.workers })
  try {
    await primary.listen(config)
    return primary
  } catch (error) {
    await primary.close()
    throw error
  }
}

/** The answer to who wants something written although every worker has a store of its own. */
const NOT_HERE = { kind: 'failed', error: undefined, message: 'This process has no store' } as const

class Primary implements App {
  addresses = { grpc: '', http: '', admin: '' }
  private readonly store: TaskStore | undefined
  private readonly identity: Identity
  private readonly parts: PrimaryParts
  private readonly pool: WorkerPool
  private readonly metrics: MetricsSum
  private readonly purge: PurgeTimer | undefined
  private readonly health: NodeJS.Timeout
  private readonly readiness = new Readiness(() => this.check())
  private readonly changed = new Set<InstanceId>()
  private admin: HttpServer | undefined
  private stopping: Promise<void> | undefined

  constructor(store: TaskStore | undefined, identity: Identity, parts: PrimaryParts & { readonly workers: number }) {
    const { sight, log, texts, version, workers } = parts
    this.store = store
    this.identity = identity
    this.parts = parts
    const countEnded = sight.showWorkers(() => this.pool.serving.length)
    this.pool = new WorkerPool({
      workers,
      start: { texts, version },
      services: {
        // The workers see their own operations; here they would be seen twice.
        write: (request) => (store === undefined ? Promise.resolve(NOT_HERE) : answerRequest(store, request)),
        take: (lines) => sight.take(lines),
      },
      log,
      onEnded: (worker) => {
        countEnded()
        this.metrics.retire(worker)
      },
    })
    this.metrics = new MetricsSum(sight.metrics.contentType, sight.metrics.values, () => this.pool.serving)
    this.purge = store && new PurgeTimer(sight.observe(store), (error) => sight.fault(error, 'purge'))
    this.health = setInterval(() => void this.tellHealth(), PROBE_LIMITS.healthIntervalMs)
    store?.onChange((instance) => this.tell(instance))
  }

  /** Opens all ports. Rejects with what is in the way. */
  async listen(config: Config): Promise<void> {
    const { sight } = this.parts
    const faults: string[] = []
    await tryPorts(['grpc', 'http'], config, faults)
    const probes = adminApp(this.readiness, this.metrics)
    const tls = this.identity.probeTls
    const admin = await collect(faults, openPort('admin', config, (at) => startHttpServer(at, probes, { tls })))
    this.admin = admin
    if (admin === undefined || faults.length > 0) throw cannotStart(faults)
    sight.show({ load: () => ({ waiters: 0, watchers: 0 }), connections: () => ({ admin: admin.connections }) })
    const shared = await this.pool.start()
    this.addresses = { ...shared, admin: formatAddress({ host: config.admin.host, port: admin.port }) }
    void this.tellHealth()
  }

  isReady(): Promise<boolean> {
    return this.readiness.isReady()
  }

  async reload(): Promise<void> {
    await Promise.all([this.pool.reload(), this.identity.reload()])
  }

  close(delayMs = 0): Promise<void> {
    return (this.stopping ??= this.stop(delayMs))
  }

  private async check(): Promise<void> {
    if (this.stopping !== undefined) throw new Error('stopping')
    await this.pool.check()
  }

  private async stop(delayMs: number): Promise<void> {
    clearInterval(this.health)
    this.purge?.stop()
    // They stop as a server of one process does, within the same times.
    await this.pool.stop(delayMs)
    this.identity.close()
    try {
      await this.purge?.idle()
      await this.parts.sight.settle()
      await this.store?.close()
    } finally {
      this.admin?.close()
      await this.admin?.drain()
    }
  }

  private async tellHealth(): Promise<void> {
    const isReady = await this.readiness.isReady()
    if (this.stopping === undefined) this.parts.sight.ready(isReady)
  }

  /** Workers hear of the instances of one commit together, and before the writes of it are answered. */
  private tell(instance: InstanceId): void {
    if (this.changed.size === 0) {
      queueMicrotask(() => {
        this.pool.tell(this.changed)
        this.changed.clear()
      })
    }
    this.changed.add(instance)
  }
}
