// `npm run bench`: what a read costs, against the floors it stands on, all in one run. `--quick` takes two minutes at most;
// `--store FILE` seeds that file if it is not there, and keeps it for the next time; `--tasks N` seeds so many, 1,000 for each
// instance.
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
import { planWorks, startFloors, type Effort } from './works.js'

interface Plan extends Effort {
  readonly quick: boolean
  readonly scale: Scale
  /** Rounds in which everything is measured once; the median of them counts, without those that warm up. */
  readonly rounds: number
  readonly warmUp: number
}

const FULL: Plan = { quick: false, scale: { tasks: 1_000_000, instances: 1000 }, rounds: 5, warmUp: 2, seconds: 4, calls: 2000 }
const QUICK: Plan = { quick: true, scale: { tasks: 120_000, instances: 1000 }, rounds: 3, warmUp: 0, seconds: 1, calls: 100 }

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, store: { type: 'string' }, tasks: { type: 'string' } } })
const missing = await missingTools()
if (missing.length > 0) throw new Error(`The load generators are not here; on Debian: apt-get install ${missing.join(' ')}`)
const directory = mkdtempSync(join(tmpdir(), 'taskplane-bench-'))
try {
  await measure(planOf(values.quick ? QUICK : FULL, values.tasks), values.store)
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

async function measure(plan: Plan, given: string | undefined): Promise<void> {
  const path = given ?? join(directory, 'tasks.db')
  if (!existsSync(path)) {
    say(`seeding ${plan.scale.tasks} tasks of ${plan.scale.instances} instances`)
    seed(path, plan.scale)
  }
  const product = await Product.start(path, plan.scale)
  await product.verify()
  const floors = await startFloors(await product.writeConstants(directory))
  const works = planWorks(product, floors, plan)
  const results = new Results()
  for (let round = 1 - plan.warmUp; round <= plan.rounds; round += 1) {
    say(round < 1 ? 'warming up' : `round ${round} of ${plan.rounds}`)
    for (const work of works) {
      const before = work.server.cpuMicroseconds()
      const load = await work.load()
      if (round >= 1) results.add(work, load, work.server.cpuMicroseconds() - before)
    }
  }
  await product.verify()
  process.stdout.write(`${results.table(works)}\n`)
  tell(`Memory of the server after that: ${Math.round(product.server.residentBytes() / 2 ** 20)} MiB`)
  const floor = floors.find(({ name }) => name === 'http')
  if (floor === undefined) throw new Error('The floor of HTTP is missing')
  tell(await measureLatency(product, floor, plan.seconds * 2))
  tell(await measureSamePace(product, floor, plan.seconds * 2))
  product.close()
  await PinnedProcess.stopAll()
  tell(await measureCreates(directory, { creates: plan.calls * 40, seconds: plan.seconds }))
  for (const line of await measureCrowds(join(directory, 'crowd.db'), plan)) tell(line)
}

function tell(line: string): void {
  process.stdout.write(`- ${line}\n`)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
