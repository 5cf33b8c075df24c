// The long forms of what test/e2e/replica-promises.test.ts proves in short. Run by `npm run faults`.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { suiteDatabase } from '../support/postgres-database.js'
import { cutReaders, loseAnswers, raceToTheEnd, readAcross, watchCrowd } from '../support/replica-exercises.js'
import { startReplicas, type Replicas } from '../support/replicas.js'

const database = suiteDatabase(4)
let replicas: Replicas

beforeAll(async () => {
  replicas = await startReplicas(database.url)
})

afterAll(() => replicas.close())

test('5,000 times, what one server has written the others read at once', () => readAcross(replicas, 5000))

test('500 times, of those who complete, cancel and delete a task on all servers while its lease lapses one ends it, once', async () => {
  const winners = await raceToTheEnd(replicas, database, 500)
  console.log(`ended by ${JSON.stringify(winners)}`)
  for (const times of Object.values(winners)) expect(times).toBeGreaterThan(0)
})

test('200 times, after a lost answer the same request answers the same task', () => loseAnswers(replicas, database, 200))

test('200 times cut, readers see every event once', () => cutReaders(replicas, 200))

test('for a minute, 50 watchers see what 20 writers do', async () => {
  const events = await watchCrowd(replicas, database, { writers: 20, watchers: 50, ms: 60_000 })
  console.log(`${events} events, seen by 50 watchers each`)
  expect(events).toBeGreaterThan(0)
})
