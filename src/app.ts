// The composition root: configuration to store, service and faces. Starts them together and stops them in order.
import { setTimeout as wait } from 'node:timers/promises'
import { Dispatcher } from './api/dispatcher.js'
import { operationsApi } from './api/operations-api.js'
import { taskApi } from './api/task-api.js'
import { taskProducerApi } from './api/task-producer-api.js'
import { Redactor } from './api/redaction.js'
import { formatAddress, SETTINGS, type Address, type Config } from './config.js'
import { startGrpcServer, type GrpcServer } from './grpc/grpc-server.js'
import { adminApp } from './http/admin-app.js'
import { restApp } from './http/rest-app.js'
import { startHttpServer, type HttpServer } from './http/http-server.js'
import { SHUTDOWN_LIMITS, STORE_LIMITS } from './limits.js'
import { openSqliteStore } from './store/sqlite/sqlite-store.js'
import type { TaskStore } from './task/task-store.js'
import { TaskService } from './task/task-service.js'

/** Who hears of what happens inside. */
export interface AppWatch {
  /** A fault that a caller was told nothing about. */
  readonly onFault: (error: unknown, where: string) => void
  /** The store can no longer write; nothing but a restart helps. */
  readonly onDeath: (error: Error) => void
}

/** A running server. */
export interface App {
  /** `host:port` of each port, with the real numbers. */
  readonly addresses: { readonly grpc: string; readonly http: string; readonly admin: string }
  /** Stops taking work, finishes what runs (SHUTDOWN_LIMITS.drainMs at most), closes the store. Idempotent. */
  close(): Promise<void>
}

interface Ports {
  grpc: GrpcServer
  http: HttpServer
  admin: HttpServer
}

/** Starts the server. Rejects with an Error that names the setting when the store or a port cannot be opened. */
export async function startApp(config: Config, watch: AppWatch): Promise<App> {
  const store = openSqliteStore({
    ...config.store,
    onFailure: (error) => watch.onFault(error, 'store'),
    onDeath: watch.onDeath,
  })
  const app = new RunningApp(store, watch)
  try {
    await app.listen(config)
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

class RunningApp implements App {
  addresses = { grpc: '', http: '', admin: '' }
  private readonly store: TaskStore
  private readonly watch: AppWatch
  private readonly dispatcher: Dispatcher
  private readonly ports: Partial<Ports> = {}
  private readonly purging: NodeJS.Timeout
  private stopping: Promise<void> | undefined

  constructor(store: TaskStore, watch: AppWatch) {
    this.store = store
    this.watch = watch
    this.dispatcher = new Dispatcher(watch.onFault)
    this.purging = setInterval(() => void this.purge(), STORE_LIMITS.purgeIntervalMs)
  }

  async listen(config: Config): Promise<void> {
    const tasks = new TaskService({
      store: this.store,
      now: () => new Date(),
      report: (error) => this.watch.onFault(error, 'feed'),
    })
    const methods = [...taskApi(tasks), ...operationsApi(tasks), ...taskProducerApi(tasks, new Redactor(config.redact))]
    const { ports, dispatcher } = this
    const grpc = (ports.grpc = await open('grpc', config, (at) => startGrpcServer(formatAddress(at), methods, dispatcher)))
    const rest = restApp(methods, dispatcher, this.watch.onFault)
    const http = (ports.http = await open('http', config, ({ host, port }) => startHttpServer(host, port, rest)))
    const probes = adminApp({ check: () => this.check() })
    const admin = (ports.admin = await open('admin', config, ({ host, port }) => startHttpServer(host, port, probes)))
    this.addresses = {
      grpc: formatAddress({ host: config.grpc.host, port: grpc.port }),
      http: formatAddress({ host: config.http.host, port: http.port }),
      admin: formatAddress({ host: config.admin.host, port: admin.port }),
    }
  }

  close(): Promise<void> {
    return (this.stopping ??= this.stop())
  }

  private async check(): Promise<void> {
    if (this.stopping !== undefined) throw new Error('stopping')
    await this.store.check()
  }

  private async stop(): Promise<void> {
    clearInterval(this.purging)
    const { grpc, http, admin } = this.ports
    const overtime = new AbortController()
    const drained = Promise.all([this.dispatcher.stop(), grpc?.drain(), http?.drain()])
    const timeout = wait(SHUTDOWN_LIMITS.drainMs, undefined, { signal: overtime.signal }).catch(() => undefined)
    await Promise.race([drained, timeout])
    overtime.abort()
    grpc?.close()
    http?.close()
    await this.store.close()
    admin?.close()
    await admin?.drain()
  }

  private async purge(): Promise<void> {
    try {
      // One purge removes a bounded number of rows, so that writes never wait long: more of them keep up with any load.
      for (let isDone = false; !isDone && this.stopping === undefined; ) {
        const { requests, events, tasks } = await this.store.purge()
        isDone = Math.max(requests, events, tasks) < STORE_LIMITS.purgeRows
      }
    } catch (error) {
      this.watch.onFault(error, 'purge')
    }
  }
}

async function open<Port>(
  name: 'grpc' | 'http' | 'admin',
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
