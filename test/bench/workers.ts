// What a second worker adds, to the product and to the floor.
import { fileURLToPath } from 'node:url'
import { driveGrpc, driveHttp, type Load } from './load.js'
import { median } from './median.js'
import { PinnedProcess } from './pinned-process.js'
import { Product, taskPath, taskRequest, type Constants } from './product.js'
import type { Scale } from './seed.js'

/** The server has both, and so has the load, which takes its part of them. */
const CORES = '0,1'
const GET = 'openshift.v1.TaskService/GetTask'
/** Calls of a load of gRPC in a second of one of HTTP. */
const GRPC_CALLS = 25_000
const FLOOR = fileURLToPath(new URL('floors/http.js', import.meta.url))

/** What is measured, and how often each server is. */
export interface WorkersPlan {
  readonly path: string
  readonly scale: Scale
  readonly rounds: number
  readonly seconds: number
}

/** What a server gives, and takes. */
interface Rate {
  readonly perSecond: number
  /** Microseconds of processor time for one answer, in all of its processes. */
  readonly cost: number
}

type Rates = Readonly<Record<'REST Gets' | 'gRPC Gets' | 'bare node:http', Rate>>

/** Gets of a server with two workers beside those of one without, on two cores, in turns; and of the floor. */
export async function measureWorkers(plan: WorkersPlan, { json }: Constants): Promise<string[]> {
  const measure = async (workers: number): Promise<Rates> => ({
    ...(await ratesOfProduct(plan, workers)),
    'bare node:http': await rateOfFloor(json, workers, plan.seconds),
  })
  const rounds: (readonly [one: Rates, two: Rates])[] = []
  for (let round = 0; round < plan.rounds; round += 1) rounds.push([await measure(1), await measure(2)])
  const lines = (['gRPC Gets', 'REST Gets', 'bare node:http'] as const).map((work) => {
    const ratio = median(rounds.map(([one, two]) => two[work].perSecond / one[work].perSecond))
    const alone = median(rounds.map(([one]) => one[work].cost))
    const shared = median(rounds.map(([, two]) => two[work].cost))
    const costs = `${alone.toFixed(1)} us of one process, ${shared.toFixed(1)} us of two: they can do ${((2 * alone) / shared).toFixed(2)} times as much`
    return `Two workers, ${work}: ${costs}; ${ratio.toFixed(2)} times by the clock, with the load on the same two cores`
  })
  return [...lines, 'Two workers are to do at least 1.7 times as much']
}

async function ratesOfProduct({ path, scale, seconds }: WorkersPlan, workers: number): Promise<Pick<Rates, 'REST Gets' | 'gRPC Gets'>> {
  const product = await Product.start(path, scale, { workers, cores: CORES })
  const gets = product.tasks.map((task) => ({ path: taskPath(task) }))
  const messages = product.tasks.slice(0, 1).map(taskRequest)
  const target = { port: product.grpcPort, method: GET, callers: 64, cores: CORES }
  const rates = {
    'REST Gets': await rateOf(product.server, () => driveHttp(product.httpPort, gets, seconds, CORES)),
    'gRPC Gets': await rateOf(product.server, () => driveGrpc(target, messages, seconds * GRPC_CALLS)),
  }
  product.close()
  await PinnedProcess.stop(product.server)
  return rates
}

async function rateOfFloor(json: Constants['json'], workers: number, seconds: number): Promise<Rate> {
  const { process, line } = await PinnedProcess.start(CORES, [FLOOR, ...json, String(workers)], '')
  const rate = await rateOf(process, () => driveHttp(Number(line), [{ path: '/one' }], seconds, CORES))
  await PinnedProcess.stop(process)
  return rate
}

/** The second of two loads: with the first a server finds its feet. */
async function rateOf(server: PinnedProcess, load: () => Promise<Load>): Promise<Rate> {
  await load()
  const before = server.cpuMicroseconds()
  const { perSecond, requests, failures } = await load()
  if (failures > 0) throw new Error(`${failures} answers were no success`)
  return { perSecond, cost: (server.cpuMicroseconds() - before) / requests }
}
