// The network between a server and PostgreSQL drops everything for 30 seconds, and nothing says so. Needs root. Run by
// `npm run faults`.
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startPostgres } from '../support/local-postgres.js'
import { startServer } from '../support/server-process.js'
import { openSilentNetwork } from '../support/silent-network.js'

const serviceInstanceId = 'half-open'
/** Milliseconds that callers give their calls, and within which each has to end. */
const CALL_MS = 10_000
const FAILURE = { code: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/) as string }

test('calls end by their deadline while nothing comes through, and the first one after it is answered within 2 s', async () => {
  const network = openSilentNetwork()
  onTestFinished(() => network.close())
  const postgres = await startPostgres({ isDurable: true, host: network.database })
  onTestFinished(() => postgres.stop())
  const url = new URL(`${postgres.url}/postgres`)
  url.hostname = network.database
  const at = { grpc: `${network.inside}:50051`, http: `${network.inside}:8080`, admin: `${network.inside}:9090` }
  const env = { TASKPLANE_INSECURE_ALLOW_ANONYMOUS: 'yes' }
  const server = await startServer('', { store: url.href, at, under: network.under, env })
  onTestFinished(() => void server.stop('SIGKILL'))
  const client = new TaskplaneClient(at.grpc)
  const create = (): Promise<Task> => client.create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
  const { id: taskId } = await create()
  const get = (): Promise<Task> => client.get({ serviceInstanceId, taskId }, { deadlineMs: CALL_MS })
  await Promise.all(Array.from({ length: 20 }, () => get()))

  network.silence()
  const silentSince = performance.now()
  while (performance.now() - silentSince < 30_000) {
    const begin = performance.now()
    await Promise.all(Array.from({ length: 5 }, () => expect(get()).rejects.toMatchObject(FAILURE)))
    expect(performance.now() - begin).toBeLessThan(CALL_MS + 500)
    expect((await fetch(`http://${at.admin}/livez`)).status).toBe(200)
    expect((await fetch(`http://${at.admin}/readyz`)).status).toBe(503)
    await pause(200)
  }
  network.heal()
  const healed = performance.now()
  expect((await get()).id).toBe(taskId)
  const backMs = performance.now() - healed
  console.log(`first answer ${Math.round(backMs)} ms after the network was back`)
  expect(backMs).toBeLessThan(2000)
  expect((await create()).revision).toBe(2n)
  client.close()
})
