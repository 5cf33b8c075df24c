// How long the first useful view of a full instance takes: `node dist/test/browser/bench/first-view.js [tasks]`, a million by
// default. Fills a store of its own first, which takes minutes.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.js'
import { startServer } from '../../support/server-process.js'
import { complete, create, start } from '../../support/task-changes.js'
import { launchBrowser } from '../support/browser.js'

const TASKS = Number(process.argv[2] ?? 1_000_000)
/** Writes on their way at once. */
const WRITERS = 1000
/** The last ones run or have ended, the others wait. */
const BEGUN = 2000
const ROUNDS = 5

/** Where to look, and what has to be seen there. */
const VIEWS = [
  ['/console/vdc-1', '.task-card'],
  ['/console/vdc-1/tasks', '.table-body .table-row'],
  ['/console/vdc-1/tasks?status=SUCCEEDED', '.table-body .table-row'],
  ['/console/vdc-1/tasks?size=1000', '.table-body .table-row'],
] as const

const directory = mkdtempSync(join(tmpdir(), 'taskplane-bench-'))
await fill(join(directory, 'tasks.db'))
const server = await startServer(directory)
const browser = await launchBrowser()
for (const [path, seen] of VIEWS) {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await browser.newPage()
    const began = performance.now()
    await page.goto(server.url + path, { waitUntil: 'commit' })
    await page.locator(seen).first().waitFor()
    times.push(Math.round(performance.now() - began))
    await page.close()
  }
  process.stdout.write(`${path}: ${times.join(', ')} ms\n`)
}
await browser.close()
await server.stop()
rmSync(directory, { recursive: true })

async function fill(path: string): Promise<void> {
  const store = openSqliteStore({ path, makeDirectory: false, onFailure: rethrow, onDeath: rethrow })
  let next = 0
  const write = async (): Promise<void> => {
    for (let number = next++; number < TASKS; number = next++) {
      const id = randomUUID()
      await store.write(create(id, { command: `work.n${number % 7}`, createdBy: 'ann', labels: { env: 'prod' } }))
      if (number < TASKS - BEGUN) continue
      await store.write(start(id))
      if (number % 3 !== 0) await store.write(complete(id))
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, write))
  await store.close()
}

function rethrow(error: unknown): never {
  throw error
}
