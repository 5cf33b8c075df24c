// What a reader makes of a server that is silent or busy.
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { Refusal, startScriptedServer, type Play, type ScriptedServer } from '../support/scripted-server.js'

async function serving(play: Play): Promise<ScriptedServer> {
  const server = await startScriptedServer({}, play)
  onTestFinished(() => server.close())
  return server
}

test('a watch that has fallen silent is opened again where it was', async () => {
  const asked: (bigint | undefined)[] = []
  const { address } = await serving((call) => {
    asked.push(call.request.afterRevision)
    call.write(WatchTasksResponse.create({ revision: BigInt(asked.length) }))
  })
  const reader = new TaskReader({ address, instance: 'i' })
  const watch = reader.watch({ silenceMs: 300 })
  const next = async (): Promise<bigint> => ((await watch.next()).value as WatchTasksResponse).revision
  const [first, second] = [await next(), await next()]
  // The call that answered, for on a machine that stalls a call may be too late to.
  expect([asked[Number(first) - 1], asked[Number(second) - 1]]).toEqual([undefined, first])
  await watch.return(undefined)
  reader.close()
})

test('a watch comes back no sooner than the server asked for', async () => {
  const calls: number[] = []
  const { address } = await serving((call) => {
    calls.push(performance.now())
    if (calls.length === 1) call.emit('error', new Refusal('TOO_BUSY', { code: status.RESOURCE_EXHAUSTED, retrySeconds: 1n }))
    else call.write(WatchTasksResponse.create({ revision: 1n }))
  })
  const reader = new TaskReader({ address, instance: 'i' })
  const watch = reader.watch()
  await watch.next()
  expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBeGreaterThan(990)
  await watch.return(undefined)
  reader.close()
})

test('calls that stay open leave room for others, and for more of their kind', { timeout: 20_000 }, async () => {
  let open = 0
  let onAll: () => void = () => undefined
  const all = new Promise<void>((resolve) => (onAll = resolve))
  const server = await startScriptedServer(
    { renewTaskLease: () => ({ cancelRequested: false, pauseRequested: false }) },
    () => {
      open += 1
      if (open === 250) onAll()
    },
  )
  const client = new TaskplaneClient(server.address)
  const streams = Array.from({ length: 250 }, () => client.watch({ serviceInstanceId: 'i' }))
  for (const stream of streams) stream.on('error', () => undefined).resume()
  await all
  await client.renewLease({ serviceInstanceId: 'i' }, { deadlineMs: 5000 })
  client.close()
  server.close()
})
