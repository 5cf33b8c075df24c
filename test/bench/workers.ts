// What a second worker adds.
import { driveHttp } from './load.js'
import { PinnedProcess } from './pinned-process.js'
import { Product, taskPath } from './product.js'
import type { Scale } from './seed.js'

/** The server has both, and so has the load, which takes its part of them. */
const CORES = '0,1'

/** What is measured, and how often each server is. */
export interface WorkersPlan {
  readonly path: string
  readonly scale: Scale
  readonly rounds: number
  readonly seconds: number
}

/** REST Gets in a second of a server with two workers beside those of one without, on two cores, in turns. */
export async function measureWorkers({ path, scale, rounds, seconds }: WorkersPlan): Promise<string> {
  const rate = async (workers: number): Promise<number> => {
    const product = await Product.start(path, scale, { workers, cores: CORES })
    const gets = product.tasks.map((task) => ({ path: taskPath(task) }))
    await driveHttp(product.httpPort, gets, 1, CORES)
    const { perSecond, failures } = await driveHttp(product.httpPort, gets, seconds, CORES)
    if (failures > 0) throw new Error(`Of a server with ${workers} workers ${failures} answers were no success`)
    product.close()
    await PinnedProcess.stop(product.server)
    return perSecond
  }
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const one = await rate(1)
    ratios.push((await rate(2)) / one)
  }
  const list = ratios.toSorted((a, b) => a - b).map((ratio) => ratio.toFixed(2))
  return `Two workers on two cores, which the load is on as well: REST Gets in a second ${list.join(', ')} times those of one (at least 1.7)`
}
