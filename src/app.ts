// The composition root: configuration to store, service and faces. Starts them together and stops them in order.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Dispatcher } from './api/dispatcher.js'
import { operationsApi } from './api/operations-api.js'
import { PollAdvice } from './api/poll-advice.js'
import { Readiness } from './api/readiness.js'
import { statusMonitorApi } from './api/status-monitor-api.js'
import { taskApi } from './api/task-api.js'
import { taskProducerApi } from './api/task-producer-api.js'
import { Redactor } from './api/redaction.js'
import { formatAddress, SETTINGS, type Address, type Config } from './config.js'
import { startGrpcServer, type GrpcServer } from './grpc/grpc-server.js'
import { adminApp } from './http/admin-app.js'
import { restListener } from './http/rest-app.js'
import { startHttpServer, type HttpServer } from './http/http-server.js'
import { PROBE_LIMITS, SHUTDOWN_LIMITS, STORE_LIMITS } from './limits.js'
import { openIdentity, type Identity } from './open-identity.js'
import { openStore } from './open-store.js'
import { purgeAll } from './task/purge-all.js'
import type { TaskStore } from './task/task-store.js'
import type { Sight } from './sight/sight.js'
import { TaskService } from './task/task-service.js'

/** Who sees what happens inside. */
export interface AppWatch {
  readonly sight: Sight
  /** The store can no longer write; nothing but a restart helps. */
  readonly onDeath: (error: Error) => void
}

/** A running server. */
export interface App {
  /** `host:port` of each port, with the real numbers. */
  readonly addresses: { readonly grpc: string; readonly http: string; readonly admin: string }
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

const PORTS = ['grpc', 'http', 'admin'] as const

/** Starts the server. Rejects with an Error that names the setting of everything that cannot be opened. */
export async function startApp(config: Config, watch: AppWatch): Promise<App> {
  const faults: string[] = []
  const { sight, onDeath } = watch
  const identity = openIdentity(config.identity, (error) => sight.fault(error, 'identity'), faults)
  const onFailure = (error: Error): void => sight.fault(error, 'store')
  const store = await collect(faults, openStore(config, { onDeath, onFailure, watch: sight.storeWatch }))
  // Nothing listens, not even for a moment, unless it is secured as was asked for.
  if (store === undefined || faults.length > 0) {
    for (const name of PORTS) await collect(faults, open(name, config, tryPort))
    identity.close()
    await store?.close()
    throw cannotStart(faults)
  }
  const app = new RunningApp(sight.observe(store), identity, sight)
  await app.listen(config, faults)
  if (faults.length === 0) return app
  await app.close()
  throw cannotStart(faults)
}

class RunningApp implements App {
  addresses = { grpc: '', http: '', admin: '' }
  private readonly store: TaskStore
  private readonly identity: Identity
  private readonly sight: Sight
  private readonly dispatcher: Dispatcher
  private readonly ports: Partial<Ports> = {}
  private readonly readiness = new Readiness(() => this.check())
  private readonly timers: readonly NodeJS.Timeout[]
  private readonly stopped = new AbortController()
  private purging: Promise<void> | undefined
  private stopping: Promise<void> | undefined

  constructor(store: TaskStore, identity: Identity, sight: Sight) {
    this.store = store
    this.identity = identity
    this.sight = sight
    this.dispatcher = new Dispatcher(identity.authenticator, (...fault) => sight.fault(...fault), sight)
    this.timers = [
      setInterval(() => {
        this.purging ??= this.purge()
      }, STORE_LIMITS.purgeIntervalMs),
      setInterval(() => void this.tellHealth(), PROBE_LIMITS.healthIntervalMs),
    ]
  }

  /** Listens on every port; `faults` gets those that cannot be had. */
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
    const grpc = await collect(faults, open('grpc', config, (at) => startGrpcServer(at, served)))
    const http = await collect(faults, open('http', config, (at) => startHttpServer(at, rest, { tls })))
    const admin = await collect(faults, open('admin', config, (at) => startHttpServer(at, probes, { tls: probeTls })))
    Object.assign(ports, { grpc, http, admin })
    sight.show({ load: () => tasks.load, connections: () => this.connections() })
    void this.tellHealth()
    this.addresses = {
      grpc: formatAddress({ host: config.grpc.host, port: grpc?.port ?? 0 }),
      http: formatAddress({ host: config.http.host, port: http?.port ?? 0 }),
      admin: formatAddress({ host: config.admin.host, port: admin?.port ?? 0 }),
    }
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
    for (const timer of this.timers) clearInterval(timer)
    this.stopped.abort()
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
      await this.purging
      await this.sight.settle()
      await this.store.close()
    } finally {
      admin?.close()
      await admin?.drain()
    }
  }

  private async purge(): Promise<void> {
    try {
      await purgeAll(this.store, this.stopped.signal)
    } catch (error) {
      this.sight.fault(error, 'purge')
    } finally {
      this.purging = undefined
    }
  }

  private async tellHealth(): Promise<void> {
    const isReady = await this.readiness.isReady()
    if (this.stopping !== undefined) return
    this.ports.grpc?.setServing(isReady)
    this.sight.ready(isReady)
  }

  private connections(): Record<string, number> {
    return Object.fromEntries(PORTS.map((name) => [name, this.ports[name]?.connections ?? 0]))
  }
}

/** The value of `opening`; when it fails, undefined, and its message among the faults. */
async function collect<T>(faults: string[], opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening
  } catch (error) {
    faults.push((error as Error).message)
    return undefined
  }
}

function cannotStart(faults: readonly string[]): Error {
  return new Error(`Cannot start:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
}

/** Listens for a moment, to hear whether the port can be had. */
async function tryPort({ host, port }: Address): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  server.close()
}

async function open<Port>(
  name: (typeof PORTS)[number],
  config: Config,
  start: (address: Address) => Promise<Port>,
): Promise<Port> {
  try {
    return await start(config[name])
  } catch (cause) {
    const { flag, variable } = SETTINGS[name]
    const at = formatAddress(config[name])
    throw new Error(`Cannot listen on --${flag} (${variable}) ${at}: ${(cause as Error).message}`, { cause })
  }
}
