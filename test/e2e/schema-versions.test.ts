// A server of the version before works on a schema that the next version has brought up to date, beside servers of it.
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { migrate, SCHEMA_VERSION } from '../../src/store/postgres/migrate.js'
import { MIGRATIONS } from '../../src/store/postgres/migrations.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { startServer } from '../support/server-process.js'

const database = suiteDatabase()
const serviceInstanceId = 'vdc-1'

/** As the rule for migrations has it: the first half of a change only adds. */
const EXPANSION = {
  name: 'a fixture that adds',
  worksWith: SCHEMA_VERSION,
  sql: () => `
    ALTER TABLE task ADD COLUMN priority smallint NOT NULL DEFAULT 0;
    ALTER TABLE task_event ADD COLUMN trace text;
    CREATE TABLE priority_rule (service_instance_id text NOT NULL PRIMARY KEY);`,
}

test('a server goes on while the schema becomes newer than it, and starts on it', async () => {
  const before = await startServer('', { store: database.url })
  const client = new TaskplaneClient(before.addresses.grpc)
  const { id: taskId } = await client.create({ serviceInstanceId, task: Task.create({ command: 'c', labels: { env: 'prod' } }) })
  const list = async (): Promise<string[]> => (await client.list({ serviceInstanceId })).tasks.map(({ id }) => id)
  expect(await list()).toEqual([taskId])
  await migrate({ url: database.url, partitions: 0 }, [...MIGRATIONS, EXPANSION])
  // Statements that were prepared before the change go on as well.
  expect((await client.start({ serviceInstanceId, taskId })).status).toBe('RUNNING')
  expect(await list()).toEqual([taskId])
  const after = await startServer('', { store: database.url })
  const other = new TaskplaneClient(after.addresses.grpc)
  expect((await other.complete({ serviceInstanceId, taskId })).status).toBe('SUCCEEDED')
  await other.create({ serviceInstanceId, task: Task.create({ command: 'c' }), requestId: 'r1' })
  const { tasks } = await client.list({ serviceInstanceId, filter: 'labels.env = prod' })
  expect(tasks.map(({ id, revision }) => [id, revision])).toEqual([[taskId, 3n]])
  expect((await client.events({ serviceInstanceId, taskId })).events.map(({ kind }) => kind)).toEqual(['CREATED', 'STARTED', 'SUCCEEDED'])
  expect((await client.count({ serviceInstanceId })).total).toBe(2n)
  for (const each of [client, other]) each.close()
  expect(await Promise.all([before.stop(), after.stop()])).toEqual([0, 0])
})
