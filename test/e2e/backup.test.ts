// Backup and restore, with the commands that docs/OPERATIONS.md gives.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { runTaskplane, type Ended } from '../support/program.js'
import { startServer } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const run = (command: 'backup' | 'restore', directory: string, file: string): Promise<Ended> =>
  runTaskplane([command, '--store', `sqlite:${join(directory, 'tasks.db')}`, file])

test('a copy made under load holds what was acknowledged before it, and a server starts from it', { timeout: 90_000 }, async () => {
  const directory = temporaryDirectory()
  const copy = join(directory, 'copy.db')
  const server = await startServer(directory)
  const client = new TaskplaneClient(server.addresses.grpc)
  const create = async (index: number): Promise<string> =>
    (await client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: `c-${index}` }), requestId: '' })).id
  const before = await Promise.all(Array.from({ length: 60 }, (_, index) => create(index)))
  const load = { isOver: false, writes: 0 }
  const writing = (async () => {
    while (!load.isOver) {
      await create(load.writes)
      load.writes += 1
    }
  })()
  const ended = await run('backup', directory, copy)
  load.isOver = true
  await writing
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toMatch(/copy\.db: \d+ tasks, \d+ bytes, schema version \d+, sound/)
  expect(load.writes).toBeGreaterThan(0)
  expect((await run('restore', directory, copy)).stderr).toContain('in use by another process')
  const later = await create(-1)
  expect(await server.stop()).toBe(0)
  const kept = readFileSync(join(directory, 'tasks.db'))
  expect((await run('restore', directory, copy)).code).toBe(0)
  client.close()
  const again = await startServer(directory)
  const reader = new TaskplaneClient(again.addresses.grpc)
  const get = (taskId: string): Promise<Task> => reader.get({ serviceInstanceId: 'vdc-1', taskId })
  for (const id of before) expect((await get(id)).id).toBe(id)
  await expect(get(later)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  reader.close()
  expect(await again.stop()).toBe(0)
  const old = readdirSync(directory).find((name) => name.startsWith('tasks.db.before-restore-')) ?? ''
  expect(readFileSync(join(directory, old))).toEqual(kept)
})

test('a copy is not made over a file that exists, nor of one that is no store', async () => {
  const directory = temporaryDirectory()
  await (await startServer(directory)).stop()
  const copy = join(directory, 'copy.db')
  writeFileSync(copy, 'mine')
  expect(await run('backup', directory, copy)).toMatchObject({ code: 1, stderr: `taskplane: ${copy} exists already\n` })
  expect(readFileSync(copy, 'utf8')).toBe('mine')
  const other = temporaryDirectory()
  new Database(join(other, 'tasks.db')).exec('CREATE TABLE x (y)').close()
  expect((await run('backup', other, join(other, 'copy.db'))).stderr).toContain('is not a Taskplane database')
  expect(existsSync(join(other, 'copy.db'))).toBe(false)
})

test('a copy that is damaged or too new is not restored, and the store stays', async () => {
  const directory = temporaryDirectory()
  await (await startServer(directory)).stop()
  const copy = join(directory, 'copy.db')
  await run('backup', directory, copy)
  const sound = readFileSync(copy)
  const store = readFileSync(join(directory, 'tasks.db'))
  const damaged = Buffer.from(sound).fill(0xff, 4096, 16_384)
  writeFileSync(copy, damaged)
  expect((await run('restore', directory, copy)).code).toBe(1)
  writeFileSync(copy, sound)
  const database = new Database(copy)
  database.pragma('user_version = 999')
  database.close()
  expect((await run('restore', directory, copy)).stderr).toContain('schema version 999')
  expect(readFileSync(join(directory, 'tasks.db'))).toEqual(store)
})

test('a database is left to its own tools, and its password stays unsaid', async () => {
  const ended = await runTaskplane(['backup', '--store', 'postgres://me:secret@127.0.0.1/tasks', join(temporaryDirectory(), 'copy.db')])
  expect(ended).toMatchObject({ code: 1, stderr: 'taskplane: --store names no sqlite: file; PostgreSQL is copied by its own tools\n' })
})
