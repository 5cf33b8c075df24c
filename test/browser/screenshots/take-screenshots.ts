// `npm run screenshots`: takes the pictures of docs/CONSOLE.md, of a control plane that is played.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { BrowserContextOptions } from 'playwright-core'
import { TaskReader } from '../../../src/client/task-reader.js'
import { ControlPlane } from '../../demo/control-plane.js'
import { startServer } from '../../support/server-process.js'
import { launchBrowser } from '../support/browser.js'

const FOLDER = 'docs/console'
const INSTANCE = '7c3f7a52-0d6f-4d4e-b7c7-64a4f0d8f0a1'
const STEP_MS = 2000
/** Milliseconds for a page to load and hear of its instance. */
const SETTLE_MS = 1500
const PHONE = { viewport: { width: 390, height: 844 } }

const directory = mkdtempSync(join(tmpdir(), 'taskplane-screenshots-'))
const server = await startServer(directory)
const address = server.addresses.grpc
const stopped = new AbortController()
const plane = new ControlPlane({ address, instance: INSTANCE, stepMs: STEP_MS, signal: stopped.signal })

// One after another begun, so that there is something of everything after a while.
const works = [
  () => plane.takeBackup({ name: 'media', env: 'prod' }, 'WARNING'),
  () => plane.failToDelete({ name: 'search', env: 'test' }),
  () => plane.loseOwner({ name: 'billing', env: 'prod' }),
  () => plane.createCluster({ name: 'orders', env: 'prod' }),
  () => plane.cancelledUpgrade({ name: 'frontend', env: 'test' }),
  () => plane.takeBackup({ name: 'billing', env: 'prod' }),
  () => plane.upgradeCluster({ name: 'analytics', env: 'prod' }),
  () => plane.restoreLater({ name: 'media', env: 'prod' }, 1000),
  () => plane.takeBackup({ name: 'search', env: 'prod' }, 'PARTIAL'),
  () => plane.createCluster({ name: 'checkout', env: 'prod' }),
  () => plane.takeBackup({ name: 'orders', env: 'prod' }),
]
for (const work of works) {
  void work().catch(() => undefined) // what still runs at the end is cut off
  await wait(STEP_MS / 2)
}

const reader = new TaskReader({ address, instance: INSTANCE })
const newest = async (filter: string): Promise<string> => {
  for await (const { id } of reader.list({ filter })) return id
  throw new Error(`No task matches ${filter}`)
}
const overview = `/console/${INSTANCE}`
const task = async (filter: string, tab = ''): Promise<string> => `${overview}/tasks/${await newest(filter)}${tab}`
const family = 'command = cluster.create AND status = RUNNING'

const pictures: readonly [name: string, path: string, options?: BrowserContextOptions][] = [
  ['task', await task(family)],
  ['task-russian', await task(family), { locale: 'ru-RU' }],
  ['overview', overview],
  ['overview-dark', overview, { colorScheme: 'dark' }],
  ['overview-phone', overview, PHONE],
  ['list', `${overview}/tasks?status=RUNNING,SUCCEEDED,FAILED`, { viewport: { width: 1280, height: 720 } }],
  ['list-phone', `${overview}/tasks`, PHONE],
  ['task-data', await task('command = cluster.delete', '?tab=data')],
  ['task-faces', await task('command = cluster.delete', '?tab=faces'), { viewport: { width: 1280, height: 760 } }],
]
const browser = await launchBrowser()
for (const [name, path, options] of pictures) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale: 'en-GB', ...options })
  await page.goto(server.url + path)
  await wait(SETTLE_MS)
  await page.screenshot({ path: join(FOLDER, `${name}.png`) })
  await page.close()
}

await browser.close()
stopped.abort()
reader.close()
await server.stop()
rmSync(directory, { recursive: true })
process.exit()
