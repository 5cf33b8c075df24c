// What clients are promised, over three servers at once; test/faults/postgres-replicas.ts has the long forms.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { LISTENER } from '../../src/store/postgres/change-channel.js'
import { suiteDatabase } from '../support/postgres-database.js'
import { cutReaders, loseAnswers, newsTimes, raceToTheEnd, readAcross, watchCrowd } from '../support/replica-exercises.js'
import { startReplicas, type Replicas } from '../support/replicas.js'
import { PATIENT } from '../support/server-process.js'

const database = suiteDatabase()
let replicas: Replicas

beforeAll(async () => {
  // What no server is told of it would not find for a minute.
  replicas = await startReplicas(database.url, `${PATIENT},postgres.pollMs=60000`)
})

afterAll(() => replicas.close())

test('what one server has written the others read at once', () => readAcross(replicas, 30))

test('of those who complete, cancel and delete a task on all servers while its lease lapses one ends it, once', async () => {
  await raceToTheEnd(replicas, database, 20)
})

test('after a lost answer the same request answers the same task, on another server', () => loseAnswers(replicas, database, 5))

test('readers whose connections are cut see every event once', () => cutReaders(replicas, 9))

test('watchers on all servers see what writers on all servers do', async () => {
  expect(await watchCrowd(replicas, database, { writers: 6, watchers: 12, ms: 1500 })).toBeGreaterThan(0)
})

test('watchers see within a second what is written through another server, and within six while nobody can listen', async () => {
  const times = await newsTimes(replicas, 12)
  // A machine may stall during two of them.
  expect(times[9]).toBeLessThan(1000)
  expect(times.at(-1)).toBeLessThan(20_000)
  const cut = (): Promise<unknown> =>
    database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${LISTENER}'`)
  const over = new AbortController()
  // Whoever listens again is cut off again.
  const cutting = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      await cut()
      await pause(2)
    }
  })()
  const timesWithout = await newsTimes(replicas, 6).finally(() => over.abort())
  expect(timesWithout.at(-1)).toBeLessThan(6000)
  await cutting
})

test('a watch from a revision that was purged, or is still to come, is refused by every server', async () => {
  const serviceInstanceId = 'purged'
  for (let index = 0; index < 3; index += 1) await replicas.client(index).create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
  await database.run('DELETE FROM task_event WHERE service_instance_id = $1 AND revision < 3', [serviceInstanceId])
  for (const client of replicas.clients) {
    for (const [afterRevision, refusal] of [
      [0n, { code: 11, details: expect.stringContaining('list again') as string }],
      [99n, { code: 3 }],
    ] as const) {
      const refused = new Promise((resolve) => client.watch({ serviceInstanceId, afterRevision }).on('error', resolve).resume())
      await expect(refused).resolves.toMatchObject(refusal)
    }
  }
})
