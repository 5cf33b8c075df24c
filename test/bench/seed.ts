// A store of a known content: the same tasks each time, spread over instances as a control plane would have them.
import { randomUUID } from 'node:crypto'
import { openConnection } from '../../src/store/sqlite/connection.js'
import { migrate } from '../../src/store/sqlite/migrations.js'
import { SqliteTaskWriter } from '../../src/store/sqlite/task-writer.js'
import type { InstanceId, TaskId } from '../../src/task/identifiers.js'
import type { CreateChange, TaskChange } from '../../src/task/task-change.js'
import { Task } from '../../gen/openshift/v1/task.js'

/** How much there is. */
export interface Scale {
  readonly tasks: number
  readonly instances: number
}

/** Writes of one transaction: ids are random, so each touches pages all over the indexes, and a large one most of them once. */
const BATCH = 50_000
/** Of the file, in memory: enough that no page is written before its transaction ends. */
const CACHE_KIB = 4 * 1024 * 1024
/** Pages of the log before they go into the file. */
const CHECKPOINT_PAGES = 500_000
const COMMANDS = ['cluster.create', 'cluster.delete', 'cluster.upgrade', 'backup.take', 'node.drain']
const METADATA = {
  typeUrl: 'type.googleapis.com/example.v1.Cluster',
  value: Buffer.from('0a0a636c75737465722d313733220873736473746f72652a0f50726f64756374696f6e2065617374', 'hex'),
}

/** The instance of that number. */
export function instanceName(number: number): InstanceId {
  return `instance-${String(number).padStart(5, '0')}` as InstanceId
}

/** Fills a new store at `path`. Instance by instance in turn, so that neighbours in the file are of different tenants. */
export function seed(path: string, { tasks, instances }: Scale): void {
  const database = openConnection(path, { mayWrite: true, cacheKib: CACHE_KIB })
  migrate(database)
  // Seeding is not what is measured; the file is as a server would have written it.
  database.pragma('synchronous = OFF')
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  const writer = new SqliteTaskWriter(database, () => Date.parse('2026-01-01T00:00:00Z'))
  for (let made = 0; made < tasks; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, tasks - made) }, (_, index) => create(made + index, instances))
    writer.writeAll(batch)
  }
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
}

function create(number: number, instances: number): TaskChange {
  return { instance: instanceName(number % instances), taskId: randomUUID() as TaskId, actor: 'seed', etag: '', change: createOf(number) }
}

/** The task of that number, as a producer sends it. */
export function newTask(number: number): Task {
  const command = COMMANDS[number % COMMANDS.length] ?? ''
  return Task.create({
    command,
    createdBy: `user-${number % 97}@example.com`,
    summary: `${command} number ${number}`,
    service: 'clusters',
    resource: { id: `cluster-${number % 4093}`, type: 'cluster', name: '', uri: '', collectionUris: [] },
    labels: { env: number % 3 === 0 ? 'prod' : 'test' },
    metadata: METADATA,
    progressPercent: number % 100,
  })
}

/** The change that records it. */
export function createOf(number: number): CreateChange {
  return { kind: 'create', task: newTask(number), lease: undefined, request: undefined }
}
