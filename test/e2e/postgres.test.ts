// A server over PostgreSQL, as a process of its own: while its database is away, and before it starts.
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { serveInVain } from '../support/ended-server.js'
import { expectInOneRound } from '../support/in-one-round.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { runTaskplane } from '../support/program.js'
import { startServer } from '../support/server-process.js'
import { startTcpProxy } from '../support/tcp-proxy.js'

const database = suiteDatabase()

test('while the database is away a server lives, is not ready, and serves again when it is back', { timeout: 60_000 }, async () => {
  const url = new URL(database.url)
  const target = url.host
  let proxy = await startTcpProxy(target)
  url.host = proxy.address
  const server = await startServer('', { store: url.href })
  const client = new TaskplaneClient(server.addresses.grpc)
  const probe = async (path: string): Promise<number> => (await fetch(`http://${server.addresses.admin}${path}`)).status
  await expect.poll(() => probe('/readyz')).toBe(200)
  const { id: taskId } = await client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c' }) })
  const key = { serviceInstanceId: 'vdc-1', taskId }
  const untilReadyzIs = async (status: number): Promise<number> => {
    const begin = performance.now()
    await expect.poll(() => probe('/readyz'), { timeout: 15_000 }).toBe(status)
    return performance.now() - begin
  }
  await expectInOneRound({ unreadyMs: 5000, readyMs: 5000 }, async () => {
    proxy.close()
    const unreadyMs = await untilReadyzIs(503)
    expect(await probe('/livez')).toBe(200)
    const begin = performance.now()
    const code = expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/) as string
    await expect(client.get(key, { deadlineMs: 3000 })).rejects.toMatchObject({ code })
    // Without a deadline of its own it has 15 s.
    expect(performance.now() - begin).toBeLessThan(10_000)
    proxy = await startTcpProxy(target, Number(proxy.address.split(':')[1]))
    return { unreadyMs, readyMs: await untilReadyzIs(200) }
  })
  expect((await client.start(key)).status).toBe('RUNNING')
  // Nobody who reads the log learns how to get into the database.
  expect(JSON.stringify(server.log)).not.toContain(url.password)
  expect(await server.stop()).toBe(0)
  client.close()
  proxy.close()
})

test('taskplane migrate brings the schema up to date, and says what is wrong', async () => {
  const env = { TASKPLANE_STORE: database.url, TASKPLANE_POSTGRES_DURABILITY: 'unchecked' }
  const done = await runTaskplane(['migrate'], { env })
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('the schema is up to date')])
  const refused = await runTaskplane(['migrate'], { env: { ...env, TASKPLANE_POSTGRES_DURABILITY: 'checked' } })
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('fsync=off')])
  for (const { stdout } of [done, refused]) expect(stdout).not.toContain(new URL(database.url).password)
})

test('a database that can lose what it has acknowledged is not begun with', async () => {
  const url = new URL(database.url)
  const refused = async (message: string): Promise<void> => {
    const { code, isInTime, stdout } = await serveInVain({ store: url.href })
    expect([code, isInTime]).toEqual([1, true])
    const [line = '', ...others] = stdout.split('\n').filter((text) => text.includes('"level":60'))
    expect(others).toEqual([])
    expect(line).toContain('Cannot use the database of --store')
    expect(line).toContain(message)
  }
  await refused('fsync=off')
  await database.run(`ALTER DATABASE ${url.pathname.slice(1)} SET synchronous_commit = off`)
  await refused('synchronous_commit=off')
  await database.run(`ALTER DATABASE ${url.pathname.slice(1)} RESET synchronous_commit`)
})
