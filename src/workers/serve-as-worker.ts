// A worker: an ordinary server of the ports for callers, which has somebody else write, log and answer probes.
import { startApp, type App, type AppRole } from '../app.js'
import { readConfig, type Config } from '../config.js'
import { openSight } from '../open-sight.js'
import { openStore } from '../open-store.js'
import { limitValues, setLimits } from '../set-limits.js'
import type { Sight } from '../sight/sight.js'
import { openWorkerLog } from '../sight/process-log.js'
import { openSharedSqliteStore } from '../store/sqlite/sqlite-store.js'
import type { TaskStore } from '../task/task-store.js'
import { limitShares } from './limit-shares.js'
import { LineForwarder } from './line-forwarder.js'
import type { WorkerQuestion, WorkerReply, WorkerStart } from './messages.js'
import type { OnChange, PrimaryLink } from './primary-link.js'

/** Serves until the primary says to stop, or is gone. Rejects with an Error that says why it cannot. */
export async function serveAsWorker({ texts, version, place }: WorkerStart, link: PrimaryLink): Promise<void> {
  const config = readConfig(texts)
  setLimits(config.limits)
  setLimits(limitShares(limitValues(), place))
  const lines = new LineForwarder((forwarded) => link.send({ kind: 'lines', lines: forwarded }))
  const log = openWorkerLog(lines.log, config.sight.log, place.number)
  const fail = (error: unknown, what: string): void => {
    log.log.fatal({ err: error }, what)
    void end(1)
  }
  const end = async (code: number): Promise<void> => {
    await lines.log.drained()
    process.exit(code)
  }
  try {
    const { audit, trace } = config.sight
    const sight = await openSight({ log, version, audit: audit && { kind: 'forwarded', output: lines.audit }, trace })
    const onDeath = (error: Error): void => fail(error, 'the store cannot be used: stopping')
    const app = await startApp(config, { sight, onDeath }, roleOf(config, link))
    link.follow({
      reply: (question) => reply(question, app, sight),
      stop: (delayMs) => void app.close(delayMs).then(() => end(0), (error: unknown) => fail(error, 'could not stop in order')),
    })
    const { grpc, http } = app.addresses
    await link.send({ kind: 'serving', addresses: { grpc, http } })
  } catch (error) {
    await lines.log.drained()
    throw error
  }
}

async function reply(question: WorkerQuestion, app: App, sight: Sight): Promise<Partial<WorkerReply>> {
  switch (question) {
    case 'ready':
      return { ready: await app.isReady() }
    case 'metrics':
      return { metrics: await sight.metrics.values() }
    case 'reloaded':
      await app.reload()
      return { reloaded: true }
  }
}

/** Over SQLite the primary writes; over PostgreSQL a worker is a server like any other. */
function roleOf({ store }: Config, link: PrimaryLink): AppRole {
  const ports = ['grpc', 'http'] as const
  if (store.kind === 'postgres') return { ports, openStore, purges: true }
  const shared = { path: store.path, openWriter: (onChange: OnChange) => link.openWriter(onChange) }
  const openShared = (): Promise<TaskStore> => Promise.resolve().then(() => openSharedSqliteStore(shared))
  return { ports, openStore: openShared, purges: false }
}
