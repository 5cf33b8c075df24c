// The SDKs of producers and readers against a real server, also while it is killed and restarted.
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { CallError } from '../../src/client/call-error.js'
import { CancelRequested, LeaseLost, TaskProducer, WorkFailed, type Work } from '../../src/client/task-producer.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { EventRecorder } from '../support/event-recorder.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
const INSTANCE = 'sdk'
let server: ServerProcess
let producer: TaskProducer
let reader: TaskReader
let client: TaskplaneClient

beforeAll(async () => {
  server = await startServer(directory())
  const options = { address: server.addresses.grpc, instance: INSTANCE }
  producer = new TaskProducer(options)
  reader = new TaskReader(options)
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  producer.close()
  reader.close()
  client.close()
  expect(await server.stop()).toBe(0)
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Resolves when the work has to stop. */
async function untilStopped(work: Work): Promise<never> {
  if (!work.signal.aborted) await once(work.signal, 'abort')
  throw work.signal.reason
}

describe('a producer', () => {
  test('records work that succeeds', async () => {
    const response = { typeUrl: 'example.com/acme.Done', value: Buffer.from([1]) }
    const task = await producer.run({ command: 'good', labels: { env: 'prod' } }, (work) => {
      work.progress(40, 'half way')
      return Promise.resolve({ response, outcome: 'WARNING' as const })
    })
    expect(task).toMatchObject({
      status: 'SUCCEEDED',
      endReason: 'COMPLETED',
      outcome: 'WARNING',
      response,
      labels: { env: 'prod' },
      statusDetails: [{ title: 'half way' }],
    })
  })

  test('records work that fails, exactly or as it comes', async () => {
    const exact = await producer.run({ command: 'bad' }, () => Promise.reject(new WorkFailed('RESOURCE_EXHAUSTED', 'no room')))
    expect(exact).toMatchObject({ status: 'FAILED', error: { code: 8, message: 'no room' }, endReason: 'PRODUCER_FAILED' })
    const plain = await producer.run({ command: 'bad' }, () => Promise.reject(new TypeError('oops')))
    expect(plain).toMatchObject({ status: 'FAILED', error: { code: 2, message: 'oops' } })
  })

  test('hears of a cancel, stops and acknowledges', async () => {
    let reason: unknown
    const cancelled = producer.run(
      { command: 'cancelled', cancelSupported: true },
      async (work) => {
        await client.cancel({ serviceInstanceId: INSTANCE, taskId: work.taskId, reason: 'enough' })
        return untilStopped(work).catch((error: unknown) => {
          reason = error
          throw error
        })
      },
      { ttlMs: 5000 },
    )
    expect(await cancelled).toMatchObject({
      status: 'CANCELLED',
      endReason: 'USER_CANCEL',
      error: { code: 1, message: 'Cancelled by anonymous: enough' },
      cancelRequest: { state: 'ACKNOWLEDGED', requestedBy: 'anonymous', reason: 'enough' },
    })
    expect(reason).toBeInstanceOf(CancelRequested)
  })

  test('keeps its lease while it cleans up after a cancel', async () => {
    const cancelled = producer.run(
      { command: 'cleaned-up', cancelSupported: true },
      async (work) => {
        const key = { serviceInstanceId: INSTANCE, taskId: work.taskId }
        await client.cancel(key)
        await untilStopped(work).catch(() => undefined)
        const expiresAt = async (): Promise<number> => (await client.get(key)).lease?.expiresAt?.getTime() ?? Infinity
        const heardAt = await expiresAt()
        let renewedAt = heardAt
        while (renewedAt <= heardAt) renewedAt = await expiresAt()
        throw work.signal.reason
      },
      { ttlMs: 5000 },
    )
    expect(await cancelled).toMatchObject({ status: 'CANCELLED', endReason: 'USER_CANCEL' })
  })

  test('reports whole percents, whatever it is told', async () => {
    const percentOf = async (percent: number): Promise<number | undefined> => {
      const failed = await producer.run({ command: 'percent' }, (work) => {
        work.progress(percent)
        return Promise.reject(new Error('enough'))
      })
      return failed.progressPercent
    }
    expect([await percentOf(100 / 3), await percentOf(100.4), await percentOf(-1), await percentOf(0 / 0)]).toEqual([33, 100, 0, 0])
  })

  test('records work that throws before its first promise', async () => {
    const failed = producer.run({ command: 'bad' }, () => {
      throw new TypeError('at once')
    })
    expect(await failed).toMatchObject({ status: 'FAILED', error: { code: 2, message: 'at once' } })
  })

  test('learns at the end that the work was taken from it', async () => {
    const late = producer.run(
      { command: 'late', deadline: new Date(Date.now() + 5000) },
      async (work) => {
        await reader.wait(work.taskId)
        return {}
      },
      { ttlMs: 60_000 },
    )
    await expect(late).rejects.toBeInstanceOf(LeaseLost)
  })

  test('leaves nothing pending when it does not begin', async () => {
    const run = producer.run({ command: 'not-begun' }, () => Promise.resolve({}), {
      onRecorded: () => {
        throw new Error('no disk')
      },
    })
    await expect(run).rejects.toThrow('no disk')
    const [task] = await all(reader.list({ filter: 'command = not-begun' }))
    expect(task).toMatchObject({ status: 'FAILED', error: { message: 'The work was not begun: no disk' } })
  })

  test('may win the race against a cancel', async () => {
    const task = await producer.run({ command: 'race', cancelSupported: true }, async (work) => {
      await client.cancel({ serviceInstanceId: INSTANCE, taskId: work.taskId })
      return {}
    })
    expect(task).toMatchObject({ status: 'SUCCEEDED', cancelRequest: { state: 'SUPERSEDED' } })
  })

  test('pauses at a checkpoint and goes on when it is resumed', async () => {
    const watch = new EventRecorder(reader, { filter: 'command = paused' })
    await watch.until((answers) => answers.length === 1)
    const work = producer.run(
      { command: 'paused', pauseSupported: true },
      async (running) => {
        const key = { serviceInstanceId: INSTANCE, taskId: running.taskId }
        await client.pause(key)
        for (let task = await client.get(key); task.pauseRequest?.state === 'REQUESTED'; task = await client.get(key)) {
          await running.checkpoint()
        }
        return undefined
      },
      { ttlMs: 5000 },
    )
    await watch.until((answers) => answers.some(({ event }) => event?.kind === 'PAUSED'))
    const taskId = watch.answers.at(-1)?.task?.id ?? ''
    await client.resume({ serviceInstanceId: INSTANCE, taskId })
    expect(await work).toMatchObject({ status: 'SUCCEEDED', pauseRequest: { state: 'ACKNOWLEDGED' } })
    await watch.until((answers) => answers.some(({ event }) => event?.kind === 'SUCCEEDED'))
    expect(watch.kinds.filter((kind) => kind !== 'bookmark' && kind !== 'UPDATED')).toEqual([
      'CREATED',
      'STARTED',
      'PAUSE_REQUESTED',
      'PAUSED',
      'RESUMED',
      'SUCCEEDED',
    ])
    await watch.stop()
  })

  test('stops when the work is taken from it', async () => {
    const lost = producer.run(
      { command: 'lost', cancelSupported: true, deadline: new Date(Date.now() + 5000) },
      untilStopped,
      { ttlMs: 5000 },
    )
    await expect(lost).rejects.toBeInstanceOf(LeaseLost)
    const [task] = await all(reader.list({ filter: 'command = lost' }))
    expect(task).toMatchObject({ status: 'FAILED', endReason: 'DEADLINE', error: { code: 4 } })
  })

  test('does not begin what it cannot record', async () => {
    let hasBegun = false
    const run = producer.run({ command: 'not a word' }, () => {
      hasBegun = true
      return Promise.resolve(undefined)
    })
    await expect(run).rejects.toBeInstanceOf(CallError)
    expect(hasBegun).toBe(false)
  })
})

describe('a reader', () => {
  test('lists everything, page by page', async () => {
    for (let index = 0; index < 5; index += 1) await producer.run({ command: 'listed' }, () => Promise.resolve(undefined))
    const tasks = await all(reader.list({ filter: 'command = listed', pageSize: 2 }))
    expect(tasks).toHaveLength(5)
  })

  test('counts', async () => {
    const counting = new TaskReader({ address: server.addresses.grpc, instance: 'counting' })
    expect(await counting.count()).toMatchObject({ total: 0n, byStatus: {} })
    await client.create({ serviceInstanceId: 'counting', task: Task.create({ command: 'c' }) })
    expect(await counting.count()).toMatchObject({ total: 1n, topLevel: 1n, byStatus: { PENDING: 1n }, revision: 1n })
    counting.close()
  })

  test('waits for the end of a task, or for its own', async () => {
    const created = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'awaited' }) })
    const waiting = reader.wait(created.id)
    await client.fail({ serviceInstanceId: INSTANCE, taskId: created.id, error: { code: 13, message: 'm', details: [] } })
    expect(await waiting).toMatchObject({ status: 'FAILED' })
    expect(await reader.wait(created.id)).toMatchObject({ status: 'FAILED' })
    const other = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'awaited' }) })
    const reason = new Error('no patience')
    await expect(reader.wait(other.id, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('watches one task, with what it was at the beginning', async () => {
    const { id } = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'watched' }) })
    const watch = new EventRecorder(reader, { taskId: id, snapshot: true })
    await watch.until((answers) => answers.length === 2)
    await client.start({ serviceInstanceId: INSTANCE, taskId: id })
    await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'other' }) })
    await client.complete({ serviceInstanceId: INSTANCE, taskId: id })
    await watch.until((answers) => answers.at(-1)?.event?.kind === 'SUCCEEDED')
    expect(watch.kinds).toEqual(['snapshot', 'bookmark', 'STARTED', 'SUCCEEDED'])
    await watch.stop()
  })

  test('misses nothing after the bookmark of an instance without history', async () => {
    const proxy = await startTcpProxy(server.addresses.grpc)
    const far = new TaskReader({ address: proxy.address, instance: 'without-history' })
    const watch = new EventRecorder(far, {})
    await watch.until((answers) => answers.length === 1)
    proxy.silence()
    await client.create({ serviceInstanceId: 'without-history', task: Task.create({ command: 'unheard' }) })
    proxy.reset()
    await watch.until((answers) => answers.length === 2)
    expect(watch.kinds).toEqual(['bookmark', 'CREATED'])
    await watch.stop()
    far.close()
    proxy.close()
  })

  test('gives up a connection that has fallen silent', { timeout: 45_000 }, async () => {
    const proxy = await startTcpProxy(server.addresses.grpc)
    const far = new TaskReader({ address: proxy.address, instance: INSTANCE })
    const { id } = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'silent' }) })
    const watch = new EventRecorder(far, { taskId: id })
    await watch.until((answers) => answers.length === 1)
    proxy.silence()
    await client.fail({ serviceInstanceId: INSTANCE, taskId: id, error: { code: 13, message: 'm', details: [] } })
    await watch.until((answers) => answers.length === 2)
    expect(watch.kinds).toEqual(['bookmark', 'FAILED'])
    await watch.stop()
    far.close()
    proxy.close()
  })

  test('is told of a revision that is still to come', async () => {
    const watch = reader.watch({ afterRevision: 1_000_000n })
    await expect(watch.next()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field: 'after_revision' }] })
  })
})

test('work and watches go on by themselves when the server is killed and comes back', { timeout: 60_000 }, async () => {
  const place = temporaryDirectory()
  const first = await startServer(place)
  const options = { address: first.addresses.grpc, instance: INSTANCE }
  const [itsProducer, itsReader] = [new TaskProducer(options), new TaskReader(options)]
  const watch = new EventRecorder(itsReader, {})
  await watch.until((answers) => answers.length === 1)
  let resume: () => void = () => undefined
  const mayGoOn = new Promise<void>((resolve) => {
    resume = resolve
  })
  const work = itsProducer.run(
    { command: 'long' },
    async (running) => {
      running.progress(10)
      await mayGoOn
      running.progress(90)
      return {}
    },
    // Longer than a kill and a start take: nobody may lose it meanwhile.
    { ttlMs: 20_000 },
  )
  await watch.until((answers) => answers.at(-1)?.task?.progressPercent === 10)
  await first.stop('SIGKILL')
  const second = await startServer(place, { at: first.addresses })
  resume()
  expect(await work).toMatchObject({ status: 'SUCCEEDED', endReason: 'COMPLETED' })
  await watch.until((answers) => answers.at(-1)?.event?.kind === 'SUCCEEDED')
  await watch.stop()
  const revisions = watch.answers.flatMap(({ event }) => (event === undefined ? [] : [event.revision]))
  expect(revisions).toEqual(revisions.map((_revision, index) => BigInt(index + 1)))
  itsProducer.close()
  itsReader.close()
  expect(await second.stop()).toBe(0)
})
