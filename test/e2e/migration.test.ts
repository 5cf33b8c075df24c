// Programs that bring a new database up to date, as processes of their own: one is killed in the middle, one is asked to stop, several begin
// at once.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { SCHEMA_VERSION } from '../../src/store/postgres/migrate.js'
import { serveToItsEnd } from '../support/ended-server.js'
import { emptyDatabase } from '../support/postgres-database.js'
import { startReplicas } from '../support/replicas.js'
import { MAIN } from '../support/server-process.js'

const { url, rows } = emptyDatabase()

/** Lets whoever makes the table wait, in the middle of a migration, for as long as this session has the lock 1. */
async function stopAt(table: string): Promise<void> {
  await rows('SELECT pg_advisory_lock(1)')
  await rows(
    `CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
       IF to_regclass('${table}') IS NOT NULL THEN PERFORM pg_advisory_xact_lock_shared(1); END IF; END $$;
     CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION stop()`,
  )
}

const WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

test('kill -9 in the middle leaves nothing, and three servers that start at once then serve', async () => {
  await stopAt('task_label')
  const env = { ...process.env, TASKPLANE_STORE: url, TASKPLANE_POSTGRES_DURABILITY: 'unchecked' }
  const migrating = spawn(process.execPath, [MAIN, 'migrate'], { env, stdio: 'ignore' })
  await expect.poll(() => rows(WAITING), { timeout: 25_000 }).toHaveLength(1)
  const exit = once(migrating, 'exit')
  migrating.kill('SIGKILL')
  await exit
  await rows('DROP EVENT TRIGGER stop')
  const begin = performance.now()
  const starting = startReplicas(url)
  // What was killed still has the lock of migrations: its statement goes on until it ends by itself.
  await rows('SELECT pg_advisory_unlock(1)')
  const replicas = await starting
  try {
    const ready = replicas.servers.map(({ addresses }) =>
      expect.poll(async () => (await fetch(`http://${addresses.admin}/readyz`)).status, { timeout: 25_000 }).toBe(200),
    )
    await Promise.all(ready)
    expect(performance.now() - begin).toBeLessThan(25_000)
    const made = replicas.clients.map((client) => client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c' }) }))
    expect((await Promise.all(made)).map(({ revision }) => revision).toSorted()).toEqual([1n, 2n, 3n])
    const versions = Array.from({ length: SCHEMA_VERSION }, (_, index) => ({ version: index + 1 }))
    expect(await rows('SELECT version FROM taskplane_migration ORDER BY version')).toEqual(versions)
  } finally {
    await replicas.close()
  }
})

test('SIGTERM in the middle ends a server at once, and leaves nothing', async () => {
  await stopAt('task_label')
  let onStart: (pid: number) => void = () => undefined
  const started = new Promise<number>((resolve) => (onStart = resolve))
  const ending = serveToItsEnd({ store: url, env: { TASKPLANE_POSTGRES_DURABILITY: 'unchecked' }, onStart })
  const pid = await started
  await expect.poll(() => rows(WAITING), { timeout: 25_000 }).toHaveLength(1)
  const asked = performance.now()
  process.kill(pid, 'SIGTERM')
  const { code, signal } = await ending
  expect([code, signal]).toEqual([0, null])
  // Of what it waits for nothing comes by itself.
  expect(performance.now() - asked).toBeLessThan(10_000)
  await rows('SELECT pg_advisory_unlock(1)')
  await expect.poll(() => rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")).toEqual([])
  expect(await rows("SELECT to_regclass('task_label') AS made, to_regclass('taskplane_migration') AS noted")).toEqual([{ made: null, noted: null }])
})
