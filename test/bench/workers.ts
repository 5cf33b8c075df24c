// What a second worker adds.
import { driveGrpc, driveHttp, type Load } from './load.js'
import { median } from './median.js'
import { PinnedProcess } from './pinned-process.js'
import { Product, taskPath, taskRequest } from './product.js'
import type { Scale } from './seed.js'

/** The server has both, and so has the load, which takes its part of them. */
const CORES = '0,1'
const GET = 'openshift.v1.TaskService/GetTask'
/** Calls of a load of gRPC in a second of one of HTTP. */
const GRPC_CALLS = 25_000

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

/** Gets of a server with two workers beside those of one without, on two cores, in turns. */
export async function measureWorkers(plan: WorkersPlan): Promise<string[]> {
  const rounds: (readonly [one: Rates, two: Rates])[] = []
  for (let round = 0; round < plan.rounds; round += 1) rounds.push([await ratesOf(plan, 1), await ratesOf(plan, 2)])
  return (['gRPC', 'REST'] as const).map((kind) => {
    const ratios = rounds.map(([one, two]) => two[kind].perSecond / one[kind].perSecond)
    const alone = median(rounds.map(([one]) => one[kind].cost))
    const shared = median(rounds.map(([, two]) => two[kind].cost))
    return (
      `Two workers on two cores, ${kind} Gets: ${median(ratios).toFixed(2)} times those of one with the load on the same cores;` +
      ` one server takes ${alone.toFixed(1)} us for each, two workers take ${shared.toFixed(1)}:` +
      ` ${((2 * alone) / shared).toFixed(2)} times with the load elsewhere (at least 1.7)`
    )
  })
}

interface Rates {
  readonly gRPC: Rate
  readonly REST: Rate
}

async function ratesOf({ path, scale, seconds }: WorkersPlan, workers: number): Promise<Rates> {
  const product = await Product.start(path, scale, { workers, cores: CORES })
  const gets = product.tasks.map((task) => ({ path: taskPath(task) }))
  const message = taskRequest(product.tasks[0]!)
  const target = { port: product.grpcPort, method: GET, callers: 64, cores: CORES }
  const rates = {
    REST: await rateOf(product, () => driveHttp(product.httpPort, gets, seconds, CORES)),
    gRPC: await rateOf(product, () => driveGrpc(target, [message], seconds * GRPC_CALLS)),
  }
  product.close()
  await PinnedProcess.stop(product.server)
  return rates
}

/** The second of two loads: with the first a server finds its feet. */
async function rateOf({ server }: Product, load: () => Promise<Load>): Promise<Rate> {
  await load()
  const before = server.cpuMicroseconds()
  const { perSecond, requests, failures } = await load()
  if (failures > 0) throw new Error(`${failures} answers were no success`)
  return { perSecond, cost: (server.cpuMicroseconds() - before) / requests }
}
