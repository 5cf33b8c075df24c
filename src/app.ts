// The composition root: configuration to store, service and faces. Starts them together and stops them in order.
import { setTimeout as wait } from 'node:timers/promises'
import { Dispatcher } from './api/dispatcher.js'
import { operationsApi } from './api/operations-api.js'
import { PollAdvice } from './api/poll-advice.js'
import { Readiness } from './api/readiness.js'
import { statusMonitorApi } from './api/status-monitor-api.js'
import { taskApi } from './api/task-api.js'
import { taskProducerApi } from './api/task-producer-api.js'
import { Redactor } from './api/redaction.js'
import { formatAddress, type Address, type Config } from './config.js'
import { startGrpcServer, type GrpcServer } from './grpc/grpc-server.js'
import { adminApp } from './http/admin-app.js'
import { restListener } from './http/rest-app.js'
import { startHttpServer, type HttpServer } from './http/http-server.js'
import { PROBE_LIMITS, SHUTDOWN_LIMITS } from './limits.js'
import { openIdentity, type Identity } from './open-identity.js'
import { openStore, type StoreReports } from './open-store.js'
import { cannotStart, collect, openPort, PORTS, tryPorts, type PortName } from './ports.js'
import { PurgeTimer } from './purge-timer.js'
import type { TaskStore } from './task/task-store.js'
import type { Sight } from './sight/sight.js'
import { TaskService } from './task/task-service.js'

/** Who sees what happens inside. */
export interface AppWatch {
  readonly sight: Sight
  /** The store can no longer write; nothing but a restart helps. */
  readonly onDeath: (error: Error) => void
}

/** What of a server a process is. */
export interface AppRole {
  readonly ports: readonly PortName[]
  readonly openStore: (config: Config, reports: StoreReports) => Promise<TaskStore>
  /** Whether to purge the store. */
  readonly purges: boolean
}

/** A server in one process. */
const WHOLE_SERVER: AppRole = { ports: PORTS, openStore, purges: true }

/** A running server. */
export interface App {
  /** `host:port` of each port, with the real numbers; '' for those that it does not have. */
  readonly addresses: Readonly<Record<PortName, string>>
  /** Whether it can serve now. */
  isReady(): Promise<boolean>
  /** Reads certificates, keys and grants again, as it does by itself now and then. */
  reload(): Promise<void>
  /**
   * Says at once that it is not ready, goes on for `delayMs` so that everybody hears of it, then takes no more work, finishes
   * what runs (SHUTDOWN_LIMITS.drainMs at most) and closes the store. Idempotent. Default: 0.
   */
  close(delayMs?: number): Promise<void>
}

interface Ports {
  grpc: GrpcServer
  http: HttpServer
  admin: HttpServer
}

/** Starts the server. Rejects with an Error that names the setting of everything that cannot be opened. */
export async function startApp(config: Config, watch: AppWatch, role = WHOLE_SERVER): Promise<App> {
  const faults: string[] = []
  const { sight, onDeath } = watch
  const identity = openIdentity(config.identity, (error) => sight.fault(error, 'identity'), faults)
  const onFailure = (error: Error): void => sight.fault(error, 'store')
  const store = await collect(faults, role.openStore(config, { onDeath, onFailure, watch: sight.storeWatch }))
  // Nothing listens, not even for a moment, unless it is secured as was asked for.
  if (store === undefined || faults.length > 0) {
    await tryPorts(role.ports, config, faults)
    identity.close()
    await store?.close()
    throw cannotStart(faults)
  }
  const app = new RunningApp(sight.observe(store), { role, identity, sight })
  await app.listen(config, faults)
  if (faults.length === 0) return app
  await app.close()
  throw cannotStart(faults)
}

interface AppParts {
  readonly role: AppRole
  readonly identity: Identity
  readonly sight: Sight
}

class RunningApp implements App {
  addresses = { grpc: '', http: '', admin: '' }
  private readonly role: AppRole
  private readonly store: TaskStore
  private readonly identity: Identity
  private readonly sight: Sight
  private readonly dispatcher: Dispatcher
  private readonly ports: Partial<Ports> = {}
  private readonly readiness = new Readiness(() => this.check())
  private readonly purge: PurgeTimer | undefined
  private readonly health: NodeJS.Timeout
  private stopping: Promise<void> | undefined

  constructor(store: TaskStore, { role, identity, sight }: AppParts) {
    this.role = role
    this.store = store
    this.identity = identity
    this.sight = sight
    this.dispatcher = new Dispatcher(identity.authenticator, (...fault) => sight.fault(...fault), sight)
    this.purge = role.purges ? new PurgeTimer(store, (error) => sight.fault(error, 'purge')) : undefined
    this.health = setInterval(() => void this.tellHealth(), PROBE_LIMITS.healthIntervalMs)
  }

  /** Listens on its ports; `faults` gets those that cannot be had. */
  async listen(config: Config, faults: string[]): Promise<void> {
    const { sight } = this
    const tasks = new TaskService({
      store: this.store,
      now: () => new Date(),
      report: (error) => sight.fault(error, 'feed'),
    })
    const redactor = new Redactor(config.redact)
    const polls = new PollAdvice(tasks, config.publicUrl)
    const methods = [
      ...taskApi(tasks),
      ...operationsApi(tasks, polls),
      ...statusMonitorApi(tasks, polls),
      ...taskProducerApi(tasks, redactor, polls),
    ]
    const { ports, dispatcher } = this
    const { authenticator, callerTls: tls, probeTls } = this.identity
    const served = { methods, dispatcher, reflection: config.reflection ? authenticator : undefined, tls }
    const consoleParts = {
      grpcPort: () => ports.grpc?.port ?? 0,
      needsToken: config.identity.jwt !== undefined,
      signIn: config.console,
    }
    const rest = restListener({ methods, tasks, dispatcher, redactor, polls, watch: sight, console: consoleParts })
    const probes = adminApp(this.readiness, sight.metrics)
    const open = async <Name extends PortName>(name: Name, start: (address: Address) => Promise<Ports[Name]>): Promise<void> => {
      if (!this.role.ports.includes(name)) return
      const port = await collect(faults, openPort(name, config, start))
      if (port === undefined) return
      ports[name] = port
      this.addresses[name] = formatAddress({ host: config[name].host, port: port.port })
    }
    await open('grpc', (at) => startGrpcServer(at, served))
    await open('http', (at) => startHttpServer(at, rest, { tls }))
    await open('admin', (at) => startHttpServer(at, probes, { tls: probeTls }))
    sight.show({ load: () => tasks.load, connections: () => this.connections() })
    void this.tellHealth()
  }

  isReady(): Promise<boolean> {
    return this.readiness.isReady()
  }

  reload(): Promise<void> {
    return this.identity.reload()
  }

  close(delayMs = 0): Promise<void> {
    return (this.stopping ??= this.stop(delayMs))
  }

  private async check(): Promise<void> {
    if (this.stopping !== undefined) throw new Error('stopping')
    await this.store.check()
  }

  private async stop(delayMs: number): Promise<void> {
    clearInterval(this.health)
    this.purge?.stop()
    const { grpc, http, admin } = this.ports
    grpc?.setServing(false)
    http?.retire()
    if (delayMs > 0) await wait(delayMs)
    const overtime = new AbortController()
    const drained = Promise.all([this.dispatcher.stop(), grpc?.drain(), http?.drain()])
    const timeout = wait(SHUTDOWN_LIMITS.drainMs, undefined, { signal: overtime.signal }).catch(() => undefined)
    await Promise.race([drained, timeout])
    overtime.abort()
    grpc?.close()
    http?.close()
    this.identity.close()
    try {
      await this.purge?.idle()
      await this.sight.settle()
      await this.store.close()
    } finally {
      admin?.close()
      await admin?.drain()
    }
  }

  private async tellHealth(): Promise<void> {
    const isReady = await this.readiness.isReady()
    if (this.stopping !== undefined) return
    this.ports.grpc?.setServing(isReady)
    this.sight.ready(isReady)
  }

  private connections(): Record<string, number> {
    return Object.fromEntries(this.role.ports.map((name) => [name, this.ports[name]?.connections ?? 0]))
  }
}
