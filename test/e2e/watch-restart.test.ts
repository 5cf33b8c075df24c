// kill -9 of the server while a watcher follows: after the restart it goes on where it was, with no gap.
import { ChannelCredentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskServiceClient, WatchTasksRequest, type WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import type { StoredEvent } from '../../src/task/task-store.js'
import { violations, WatchHistory } from '../support/history.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'vdc-1'
const ROUNDS = 5
const WRITERS = 4

/** Creates, starts and completes tasks until the server is gone. */
async function write(client: TaskplaneClient): Promise<void> {
  try {
    for (;;) {
      const { id: taskId } = await client.create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
      await client.start({ serviceInstanceId, taskId })
      await client.complete({ serviceInstanceId, taskId })
    }
  } catch {
    // The server is gone.
  }
}

/** Follows from where `history` is, until the stream ends or `isEnough`. */
async function follow(server: ServerProcess, history: WatchHistory, isEnough: () => boolean): Promise<void> {
  const client = new TaskServiceClient(server.addresses.grpc, ChannelCredentials.createInsecure())
  history.begin()
  const { position } = history
  const request = { serviceInstanceId, afterRevision: position, snapshot: position === undefined }
  const stream = client.watchTasks(WatchTasksRequest.create(request))
  await new Promise<void>((resolve) => {
    stream.on('error', () => resolve())
    stream.on('end', () => resolve())
    stream.on('data', (answer: WatchTasksResponse) => {
      history.see(answer)
      if (!isEnough()) return
      stream.cancel()
      resolve()
    })
  })
  client.close()
}

test(`${ROUNDS} times kill -9: watchers go on with no gap`, { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory()
  const histories = [new WatchHistory(0n), new WatchHistory(0n), new WatchHistory(undefined)]
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(directory)
    const clients = Array.from({ length: WRITERS }, () => new TaskplaneClient(server.addresses.grpc))
    const writing = clients.map((client) => write(client))
    const following = histories.map((history) => follow(server, history, () => false))
    const target = (histories[0]?.answers.length ?? 0) + 50 + Math.random() * 100
    await expect.poll(() => histories[0]?.answers.length, { interval: 1, timeout: 20_000 }).toBeGreaterThan(target)
    await server.stop('SIGKILL')
    await Promise.all([...writing, ...following])
    for (const client of clients) client.close()
  }

  const server = await startServer(directory)
  const client = new TaskplaneClient(server.addresses.grpc)
  const whole = new WatchHistory(0n)
  // Something that nobody has seen yet.
  const { revision: head } = await client.create({ serviceInstanceId, task: Task.create({ command: 'c' }) })
  for (const history of [...histories, whole]) await follow(server, history, () => (history.position ?? 0n) >= head)
  expect(head).toBeGreaterThan(BigInt(ROUNDS * 50))
  const truth: StoredEvent[] = whole.answers.flatMap(({ revision, event, task }) => {
    if (event === undefined || task === undefined) return []
    return [{ revision, taskId: task.id, event, encoded: Task.encode(task).finish(), previousRevision: undefined }]
  })
  expect(truth.map(({ revision }) => revision)).toEqual(truth.map((_, index) => BigInt(index + 1)))
  const table = whole.table()
  for (const history of histories) expect(violations(history, { truth, concerns: () => true, table })).toEqual([])
  client.close()
  expect(await server.stop()).toBe(0)
})
