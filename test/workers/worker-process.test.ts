// What the primary makes of a worker that never was.
import cluster from 'node:cluster'
import { expect, test } from 'vitest'
import { prepareWorkers, WorkerProcess } from '../../src/workers/worker-process.js'

const SERVICES = { write: (): never => expect.fail('nothing is written'), take: (): void => undefined }
const START = { kind: 'start', texts: {} as never, version: '0.0.0', place: { number: 1, of: 2 } } as const

test('a worker that the system gives no process ends at once, and says why', async () => {
  prepareWorkers()
  // The system refuses it as it does when there are too many processes.
  cluster.setupPrimary({ cwd: '/nowhere' })
  const worker = new WorkerProcess(START, SERVICES)
  await expect(worker.serving).rejects.toThrow(/^Cannot start:\n {2}Worker 1 is no process: spawn .*ENOENT/)
  expect(await worker.ended).toEqual({ code: null, signal: null })
  expect(worker.failure?.message).toContain('ENOENT')
  worker.kill()
})
