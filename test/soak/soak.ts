// `npm run soak [-- --minutes N]`: mixed load on a real server, and whether it holds more and more. Default: 10 minutes. Ends
// with 1 when the heap grows by more than 0.5 MiB a minute in the second half, or connections, timers or files stay.
import { setMaxListeners } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { residentMib } from '../support/process-memory.js'
import { startServer } from '../support/server-process.js'
import type { HeapReport } from './heap-report.js'
import { mixedLoad } from './mixed-load.js'
import { slope, type Sample } from './slope.js'

const MIB = 1024 * 1024
const MOST = { heapMibPerMinute: 0.5, memoryMib: 512 } as const
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes takes a number above 0')

interface Held extends HeapReport {
  readonly files: number
  readonly residentMib: number
}

const directory = mkdtempSync(join(tmpdir(), 'taskplane-soak-'))
const reportPath = join(directory, 'heap.json')
process.env['TASKPLANE_HEAP_REPORT'] = reportPath
process.env['NODE_OPTIONS'] = `--import ${new URL('./heap-report.js', import.meta.url).href}`
const server = await startServer(directory)

/** What the server holds now, after a collection. */
async function held(): Promise<Held> {
  rmSync(reportPath, { force: true })
  process.kill(server.pid, 'SIGUSR2')
  for (;;) {
    await pause(20)
    try {
      const report = JSON.parse(readFileSync(reportPath, 'utf8')) as HeapReport
      return { ...report, files: readdirSync(`/proc/${server.pid}/fd`).length, residentMib: residentMib(server.pid) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** What it holds a little after the last one has left. */
async function heldWhenIdle(): Promise<Held> {
  await pause(5000)
  return held()
}

async function load(forMs: number, onSample: (sample: Held, minutes: number) => void): Promise<string> {
  const began = performance.now()
  const end = new AbortController()
  const enough = end.signal
  setMaxListeners(0, enough)
  setTimeout(() => end.abort(), forMs)
  const loading = mixedLoad(server, enough)
  const everyMs = Math.min(10_000, forMs / 20)
  while (!enough.aborted) {
    await pause(everyMs, undefined, { signal: enough }).catch(() => undefined)
    onSample(await held(), (performance.now() - began) / 60_000)
  }
  return JSON.stringify(await loading)
}

// Caches fill and code is compiled before anything is compared.
await load(10_000, () => undefined)
const before = await heldWhenIdle()
const heap: Sample[] = []
let mostMib = 0
const done = await load(minutes * 60_000, (sample, at) => {
  heap.push([at, sample.heapBytes / MIB])
  mostMib = Math.max(mostMib, sample.residentMib)
  console.log(`${at.toFixed(1)} min: heap ${(sample.heapBytes / MIB).toFixed(1)} MiB, resident ${sample.residentMib.toFixed(0)} MiB, ${sample.sockets} sockets, ${sample.timers} timers, ${sample.files} files`)
})
const after = await heldWhenIdle()
const growth = slope(heap.slice(Math.floor(heap.length / 2)))
console.log(done)
console.log(`heap after collection: ${growth.toFixed(2)} MiB a minute in the second half; resident at most ${mostMib.toFixed(0)} MiB`)
console.log(`idle before: ${JSON.stringify(before)}\nidle after:  ${JSON.stringify(after)}`)
const code = await server.stop()
rmSync(directory, { recursive: true, force: true })

const faults = [
  growth > MOST.heapMibPerMinute && `the heap grows by ${growth.toFixed(2)} MiB a minute`,
  mostMib > MOST.memoryMib && `${mostMib.toFixed(0)} MiB are resident`,
  // Clients keep some connections for a while.
  after.sockets > before.sockets + 2 && `${after.sockets} sockets stay`,
  after.timers > before.timers + 2 && `${after.timers - before.timers} timers stay`,
  after.files > before.files + 8 && `${after.files - before.files} files stay`,
  code !== 0 && `the server ended with ${code}`,
].filter((fault) => fault !== false)
for (const fault of faults) console.error(`soak: ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1
