// What a producer makes of answers that come at the wrong moment.
import { describe, expect, onTestFinished, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CancelRequested, LeaseLost, TaskProducer } from '../../src/client/task-producer.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { Work } from '../../src/client/work.js'
import { Refusal, startScriptedServer, type Script } from '../support/scripted-server.js'

const KEY = { serviceInstanceId: 'i', taskId: 't', leaseToken: 'token' }
const answered = (task: Partial<Task>) => ({ task: Task.create(task) })

function refuse(): never {
  throw new Refusal('STATUS_NOT_ALLOWED')
}

async function producerOf(script: Script): Promise<TaskProducer> {
  const server = await startScriptedServer(script)
  const producer = new TaskProducer({ address: server.address, instance: 'i' })
  onTestFinished(() => {
    producer.close()
    server.close()
  })
  return producer
}

describe('a checkpoint', () => {
  /** The checkpoint of work that heard of a request to pause; `statuses` are those that the task has from then on. */
  async function checkpoint(acknowledgePause: () => unknown, statuses: Task['status'][]): Promise<Work> {
    let isAcknowledged = false
    const server = await startScriptedServer({
      renewTaskLease: () => ({ pauseRequested: true, nextHeartbeat: { seconds: 3600n, nanos: 0 } }),
      acknowledgePause: () => {
        isAcknowledged = true
        return acknowledgePause()
      },
      getTask: () => answered({ status: statuses.shift() ?? 'RUNNING' }),
    })
    const client = new TaskplaneClient(server.address)
    const work = new Work(client, KEY, 500)
    onTestFinished(async () => {
      await work.close()
      client.close()
      server.close()
    })
    // Until it has heard of the request, each checkpoint is over at once.
    const passed = async (): Promise<boolean> => {
      await work.checkpoint().catch((error: unknown) => expect(error).toBe(work.signal.reason))
      return isAcknowledged
    }
    await expect.poll(passed, { timeout: 15_000 }).toBe(true)
    expect(statuses).toEqual([])
    return work
  }

  const paused = (): unknown => answered({ status: 'PAUSED' })

  test('stands still when the answer to its acknowledgement was lost', async () => {
    expect((await checkpoint(refuse, ['PAUSED', 'RUNNING'])).signal.aborted).toBe(false)
  })

  test('goes on when the request was taken back', async () => {
    expect((await checkpoint(refuse, ['RUNNING'])).signal.aborted).toBe(false)
  })

  for (const [status, reason] of [['CANCELLING', CancelRequested], ['FAILED', LeaseLost]] as const) {
    test(`stops work that is ${status} while it stands still, or before`, async () => {
      expect((await checkpoint(paused, ['PAUSED', status])).signal.reason).toBeInstanceOf(reason)
      expect((await checkpoint(refuse, [status])).signal.reason).toBeInstanceOf(reason)
    })
  }
})

test('a renewal that is not answered is repeated within the lease', async () => {
  let renewals = 0
  let onRepeated: () => void = () => undefined
  const repeated = new Promise<void>((resolve) => (onRepeated = resolve))
  const server = await startScriptedServer({
    renewTaskLease: () => {
      renewals += 1
      if (renewals === 2) onRepeated()
      return new Promise(() => undefined)
    },
  })
  const client = new TaskplaneClient(server.address)
  const work = new Work(client, KEY, 200)
  const began = performance.now()
  await repeated
  expect(performance.now() - began).toBeLessThan(12_000)
  await work.close()
  client.close()
  server.close()
})

test('work that is cancelled before it begins is not run, and ends as it was cancelled', async () => {
  const producer = await producerOf({
    createTask: () => answered({ id: 't', status: 'PENDING' }),
    startTask: refuse,
    getTask: () => answered({ id: 't', status: 'CANCELLED', endReason: 'USER_CANCEL' }),
  })
  const task = await producer.run({ command: 'c' }, () => Promise.reject(new Error('was run')))
  expect(task).toMatchObject({ status: 'CANCELLED' })
})
