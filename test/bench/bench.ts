// `npm run bench`: what a read costs, against the floors it stands on, all in one run. `--quick` takes two minutes at most;
// `--store FILE` seeds that file if it is not there, and keeps it for the next time; `--tasks N` seeds so many, 1,000 for each
// instance. `--growth` compares reads of that store with reads of a small one instead.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureCrowds } from './crowd.js'
import { missingTools } from './load.js'
import { PinnedProcess } from './pinned-process.js'
import { Product } from './product.js'
import { measureCreates, measureLatency, measureSamePace } from './rates.js'
import { Results } from './results.js'
import { seed, type Scale } from './seed.js'
import { measureWorkers } from './workers.js'
import { growthWorks, planWorks, startFloors, type Effort, type Work } from './works.js'

interface Plan extends Effort {
  readonly quick: boolean
  readonly scale: Scale
  /** Rounds in which everything is measured once; the median of them counts, without those that warm up. */
  readonly rounds: number
  readonly warmUp: number
  /** Durable creates to measure. */
  readonly creates: number
}

const FULL: Plan = { quick: false, scale: { tasks: 1_000_000, instances: 1000 }, rounds: 5, warmUp: 2, seconds: 4, calls: 2000, creates: 20_000 }
const QUICK: Plan = { quick: true, scale: { tasks: 60_000, instances: 500 }, rounds: 3, warmUp: 1, seconds: 1, calls: 400, creates: 4000 }
/** Beside which stores grow. */
const SMALL: Scale = { tasks: 10_000, instances: 10 }

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    store: { type: 'string' },
    tasks: { type: 'string' },
  },
})
const missing = await missingTools()
if (missing.length > 0) throw new Error(`The load generators are not here; on Debian: apt-get install ${missing.join(' ')}`)
const directory = mkdtempSync(join(tmpdir(), 'taskplane-bench-'))
try {
  const plan = planOf(values.quick ? QUICK : FULL, values.tasks)
  const path = values.store ?? join(directory, 'tasks.db')
  if (values.growth) await measureGrowth(plan, path)
  else await measure(plan, path)
} finally {
  await PinnedProcess.stopAll()
  rmSync(directory, { recursive: true })
}

function planOf(plan: Plan, given: string | undefined): Plan {
  if (given === undefined) return plan
  const tasks = Number(given)
  if (!Number.isSafeInteger(tasks) || tasks < 10_000) throw new Error('--tasks is a number of at least 10000')
  return { ...plan, scale: { tasks, instances: Math.floor(tasks / 1000) } }
}

async function measure(plan: Plan, path: string): Promise<void> {
  const product = await startSeeded(path, plan.scale)
  const constants = await product.writeConstants(directory)
  const floors = await startFloors(constants)
  await measureWorks(planWorks(product, floors, plan), plan)
  await product.verify()
  tell(`Memory of the server after that: ${Math.round(product.server.residentBytes() / 2 ** 20)} MiB`)
  const floor = floors.find(({ name }) => name === 'http')
  if (floor === undefined) throw new Error('The floor of HTTP is missing')
  tell(await measureLatency(product, floor, plan.seconds * 2))
  tell(await measureSamePace(product, floor, plan.seconds * 2))
  product.close()
  await PinnedProcess.stopAll()
  const workers = { path, scale: plan.scale, rounds: plan.quick ? 1 : 3, seconds: plan.seconds }
  for (const line of await measureWorkers(workers, constants)) tell(line)
  tell(await measureCreates(directory, plan))
  for (const line of await measureCrowds(join(directory, 'crowd.db'), plan)) tell(line)
}

async function measureGrowth(plan: Plan, path: string): Promise<void> {
  const large = await startSeeded(path, plan.scale)
  const small = await startSeeded(join(directory, 'small.db'), SMALL)
  await measureWorks(growthWorks(small, large, plan), plan)
  for (const product of [small, large]) {
    await product.verify()
    product.close()
  }
}

/** A server of the store at `path`, which answers what it should. */
async function startSeeded(path: string, scale: Scale): Promise<Product> {
  if (!existsSync(path)) {
    say(`seeding ${scale.tasks} tasks of ${scale.instances} instances`)
    seed(path, scale)
  }
  const product = await Product.start(path, scale)
  await product.verify()
  return product
}

/** Measures all of it in turns, one server at a time, and prints the table. */
async function measureWorks(works: readonly Work[], plan: Plan): Promise<void> {
  const results = new Results()
  const servers = new Set(works.map(({ server }) => server))
  for (const server of servers) server.pause()
  for (let round = 1 - plan.warmUp; round <= plan.rounds; round += 1) {
    say(round < 1 ? 'warming up' : `round ${round} of ${plan.rounds}`)
    for (const work of works) {
      work.server.resume()
      if (!plan.quick) await work.warmUp()
      const before = work.server.cpuMicroseconds()
      const load = await work.load()
      work.server.pause()
      if (round >= 1) results.add(work, load, work.server.cpuMicroseconds() - before)
    }
  }
  for (const server of servers) server.resume()
  process.stdout.write(`${results.table(works)}\n`)
}

function tell(line: string): void {
  process.stdout.write(`- ${line}\n`)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
