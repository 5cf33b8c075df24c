// What is measured by the clock and not by processor time: writes in a second, and how long single answers take.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CreateTaskRequest } from '../../gen/openshift/v1/task_producer_service.js'
import { driveGrpc, paceHttp } from './load.js'
import { PinnedProcess } from './pinned-process.js'
import { Product, taskPath } from './product.js'
import { instanceName, newTask } from './seed.js'
import type { Floor } from './works.js'

const run = promisify(execFile)
const SERVER_CORE = '0'
const CALLERS = 64
const STORE = fileURLToPath(new URL('floors/store.js', import.meta.url))
/** REST Gets in a second, of callers who do not know of each other. */
const GETS = 1500
/** Requests in a second that leave room on the core of whoever answers them. */
const SAME_PACE = 10_000
const FLOOR_PATH = '/one'

/**
 * Durable creates of 64 callers through gRPC, beside those of the store alone; both in a store that was empty. `creates`: how many to
 * make, once as many have been made to warm up.
 */
export async function measureCreates(directory: string, { creates, seconds }: { readonly creates: number; readonly seconds: number }): Promise<string> {
  const product = await Product.startEmpty(join(directory, 'creates.db'))
  const instance = instanceName(0)
  const request = CreateTaskRequest.encode(CreateTaskRequest.create({ serviceInstanceId: instance, task: newTask(0) })).finish()
  const target = { port: product.grpcPort, method: 'openshift.v1.TaskProducerService/CreateTask', callers: CALLERS }
  await driveGrpc(target, [request], creates)
  const { perSecond } = await driveGrpc(target, [request], creates)
  const made = await product.count(instance)
  if (made !== 2 * creates) throw new Error(`Of ${2 * creates} creates ${made} were made`)
  product.close()
  await PinnedProcess.stop(product.server)
  const { stdout } = await run('taskset', ['-c', SERVER_CORE, process.execPath, STORE, join(directory, 'floor.db'), String(seconds)])
  const floor = Number(stdout)
  return `Durable creates, ${CALLERS} callers: ${perSecond.toFixed(0)} a second through gRPC, ${floor.toFixed(0)} by the store alone: ${(perSecond / floor).toFixed(2)} of it (at least 0.4)`
}

/** How long a REST Get takes when the server is not saturated, and how long the floor takes for as many, both after a second to warm up. */
export async function measureLatency(product: Product, floor: Floor, seconds: number): Promise<string> {
  const measure = async (port: number, paths: readonly string[]): ReturnType<typeof paceHttp> => {
    await paceHttp(port, paths, { perSecond: GETS, seconds: 1 })
    return paceHttp(port, paths, { perSecond: GETS, seconds })
  }
  const bare = await measure(floor.port, [FLOOR_PATH])
  const gets = await measure(product.httpPort, product.tasks.map(taskPath))
  return `${gets.perSecond.toFixed(0)} REST Gets a second: ${timesOf(gets)} (at most 1); bare node:http ${timesOf(bare)}`
}

/**
 * What a REST Get costs beside the floor when both answer as many a second. A floor that is saturated keeps the load generator
 * awake; one that is asked at the pace of the product has to wake it for every answer, as the product has.
 */
export async function measureSamePace(product: Product, floor: Floor, seconds: number): Promise<string> {
  const cost = async ({ server }: Pick<Floor, 'server'>, port: number, paths: readonly string[]): Promise<number> => {
    const before = server.cpuMicroseconds()
    const { requests } = await paceHttp(port, paths, { perSecond: SAME_PACE, seconds })
    return (server.cpuMicroseconds() - before) / requests
  }
  const bare = await cost(floor, floor.port, [FLOOR_PATH])
  const get = await cost(product, product.httpPort, product.tasks.map(taskPath))
  const costs = `REST Get ${get.toFixed(1)} us, http one ${bare.toFixed(1)} us, ${(get / bare).toFixed(2)} times`
  return `About ${SAME_PACE} a second of both: ${costs}`
}

function timesOf({ p50, p99 }: { readonly p50: number; readonly p99: number }): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`
}
