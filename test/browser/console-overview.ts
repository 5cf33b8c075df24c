// The overview in a real browser: what happens is seen without a reload, and a lost connection is said and mended.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { ControlPlane } from '../demo/control-plane.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { suitePages } from './support/browser.js'

const directory = suiteDirectory()
let server: ServerProcess
let proxy: TcpProxy
let client: TaskplaneClient
/** A server of one test. */
let other = ''
const pages = suitePages(() => [server.url, `http://${proxy.address}`, other].filter((origin) => origin !== ''))

beforeAll(async () => {
  server = await startServer(directory())
  proxy = await startTcpProxy(server.addresses.http)
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  client.close()
  proxy.close()
  expect(await server.stop()).toBe(0)
})

function plane(instance: string): ControlPlane {
  const stopped = new AbortController()
  const made = new ControlPlane({ address: server.addresses.grpc, instance, stepMs: 200, signal: stopped.signal })
  onTestFinished(() => {
    stopped.abort()
    made.close()
  })
  return made
}

async function record(serviceInstanceId: string, command: string): Promise<string> {
  return (await client.create({ serviceInstanceId, task: Task.create({ command, createdBy: 'tester' }) })).id
}

test('an instance is typed, remembered, and forgotten', async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console`)
  await page.getByLabel('Service instance').fill('not/one')
  await page.getByRole('button', { name: 'Show' }).click()
  expect(new URL(page.url()).pathname).toBe('/console')
  await page.getByLabel('Service instance').fill('typed-1')
  await page.getByLabel('Service instance').press('Enter')
  await page.getByRole('heading', { name: 'typed-1', exact: true }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/console/typed-1')
  await page.goto(`${server.url}/console`)
  await page.getByRole('link', { name: 'typed-1' }).waitFor()
  await page.getByRole('button', { name: 'Forget typed-1' }).click()
  await page.getByRole('link', { name: 'typed-1' }).waitFor({ state: 'detached' })
})

test('an empty instance says what to do, and shows the first task once it is there', async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/empty`)
  await page.getByText('No tasks yet in empty').waitFor()
  await page.getByText(`npx taskplane run --grpc-address ${server.addresses.grpc} --instance 'empty'`).waitFor()
  await page.getByText('Live').waitFor()
  await record('empty', 'cluster.create')
  await page.getByRole('listitem').filter({ hasText: 'Waiting' }).filter({ hasText: '1' }).waitFor()
  await page.getByRole('link', { name: /^cluster\.create now|^cluster\.create \d/ }).waitFor()
})

test('work is seen as it runs, fails and ends, without a reload', async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/seen`)
  await page.getByText('Live').waitFor()
  let loads = 0
  page.on('framenavigated', () => (loads += 1))
  const ended = plane('seen').failToDelete({ name: 'orders', env: 'prod' })
  const running = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Running now', exact: true }) })
  await running.getByText('cluster.delete').waitFor()
  await running.getByText('draining nodes').waitFor()
  await running.getByRole('progressbar').waitFor()
  await ended
  const failed = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Failed lately', exact: true }) })
  await failed.getByText('Cannot delete a cluster that still has volumes attached').waitFor()
  await running.getByText('Nothing is running').waitFor()
  await page.getByRole('link', { name: 'Failed' }).filter({ hasText: '1' }).waitFor()
  expect(loads).toBe(0)
})

test('the picture has a row for each command and a bar for each task, and leads to both', async () => {
  for (const command of ['cluster.create', 'cluster.create', 'backup.take']) await record('pictured', command)
  const page = await pages.open()
  await page.goto(`${server.url}/console/pictured`)
  await page.getByRole('link', { name: 'cluster.create, Pending: 2' }).waitFor()
  expect(await page.locator('.timeline-bar').count()).toBe(3)
  await page.getByRole('link', { name: '24 h' }).click()
  expect(page.url()).toContain('?hours=24')
  await page.locator('.timeline-bar').first().click({ force: true })
  await page.waitForURL(/\/tasks\/[0-9a-f-]{36}$/)
  await page.goBack()
  await page.getByRole('link', { name: 'backup.take, Pending: 1' }).click()
  await page.waitForURL(/\/tasks\?command=backup\.take$/)
})

test('the picture shows by colour and shape how a task ended', async () => {
  const played = plane('outcomes')
  await Promise.all([played.takeBackup({ name: 'orders', env: 'prod' }, 'PARTIAL'), played.failToDelete({ name: 'orders', env: 'prod' }), played.cancelledUpgrade({ name: 'orders', env: 'prod' })])
  await record('outcomes', 'waits')
  const page = await pages.open()
  await page.goto(`${server.url}/console/outcomes`)
  await page.getByText('Live').waitFor()
  const looks = await page.locator('.timeline-bar').evaluateAll((bars) => bars.map((bar) => { const { fill, rx, fillOpacity } = getComputedStyle(bar); return [fill, rx, fillOpacity].join() }))
  expect(new Set(looks).size).toBe(4)
  await page.locator('.timeline-bar title', { hasText: 'backup.take · orders · Done in part' }).waitFor({ state: 'attached' })
})

test('the numbers say how many stand where, and what they are made of', async () => {
  const { id: taskId } = await client.create({ serviceInstanceId: 'numbers', task: Task.create({ command: 'c', cancelSupported: true }) })
  await client.start({ serviceInstanceId: 'numbers', taskId })
  const page = await pages.open()
  await page.goto(`${server.url}/console/numbers`)
  const running = page.locator('.numbers a').filter({ hasText: 'Running now' })
  await expect.poll(() => running.innerText()).toMatch(/^1\s+Running now$/)
  await client.cancel({ serviceInstanceId: 'numbers', taskId })
  await expect.poll(() => running.innerText()).toMatch(/Cancelling: 1$/)
  // While nobody counts, what was counted last stands.
  pages.forgive(/ERR_|Failed to load resource/)
  const asked = page.waitForEvent('requestfailed')
  await page.route('**/*:count', (route) => route.abort())
  await record('numbers', 'uncounted')
  await page.getByText('uncounted').first().waitFor()
  await asked
  await expect.poll(() => running.innerText()).toMatch(/^1/)
})

test('a busy instance is drawn a few times a second, and its page stays free for who uses it', { timeout: 60_000 }, async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/busy`)
  await page.getByText('Live').waitFor()
  let isBusy = true
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    for (let number = 0; isBusy; number += 1) await record('busy', `work.n${(writer + number) % 12}`)
  })
  await page.locator('.task-card').first().waitFor()
  const drawn = await page.evaluate(async () => {
    let changes = 0
    const observer = new MutationObserver(() => (changes += 1))
    observer.observe(document.querySelector('main')!, { childList: true, subtree: true, attributes: true, characterData: true })
    const began = performance.now()
    await new Promise((resolve) => setTimeout(resolve, 5000))
    observer.disconnect()
    return changes / ((performance.now() - began) / 1000)
  })
  // What came, what it counts to, and the clock of the page: each of its own accord.
  expect(drawn).toBeLessThan(8)
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor({ timeout: 3000 })
  isBusy = false
  await Promise.all(writers)
  const total = (await (await fetch(`${server.url}/openshift/v1/busy/tasks:count`)).json()) as { total: string }
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('link', { name: 'All tasks' }).filter({ hasText: Number(total.total).toLocaleString('en-GB') }).waitFor()
})

test('a lost connection is said, and made up for once it is back', async () => {
  pages.forgive(/ERR_|Failed to load resource/)
  await record('torn', 'before.loss')
  const page = await pages.open()
  await page.goto(`http://${proxy.address}/console/torn`)
  await page.getByText('Live').waitFor()
  // What the page does while nobody answers has to be seen: its requests end at a proxy that is gone.
  await page.context().setOffline(true)
  proxy.reset()
  await page.getByText('Disconnected').waitFor()
  await page.getByRole('alert').getByText(/No connection since/).waitFor()
  await record('torn', 'during.loss')
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try now' }).click()
  await page.getByText('Live').waitFor()
  await page.getByText('during.loss').first().waitFor()
  await page.getByRole('alert').waitFor({ state: 'detached' })
})

test('a page in the background rests, and catches up', async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/hidden`)
  await page.getByText('Live').waitFor()
  const hide = (isHidden: boolean): Promise<void> =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      document.dispatchEvent(new Event('visibilitychange'))
    }, isHidden)
  await hide(true)
  await page.getByText('Paused while hidden').waitFor()
  await record('hidden', 'while.hidden')
  await hide(false)
  await page.getByText('while.hidden').first().waitFor()
})

test('a server that does not answer is said, with what to do', async () => {
  pages.forgive(/ERR_|Failed to load resource/)
  const page = await pages.open()
  await page.goto(`${server.url}/console`)
  await page.context().setOffline(true)
  await page.getByLabel('Service instance').fill('vdc-9')
  await page.getByLabel('Service instance').press('Enter')
  await page.getByText('The server does not answer').waitFor()
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('No tasks yet in vdc-9').waitFor()
})

test('a server that starts again is found again', async () => {
  pages.forgive(/ERR_|Failed to load resource/)
  const ground = join(directory(), 'restart')
  mkdirSync(ground)
  const first = await startServer(ground)
  other = first.url
  const page = await pages.open()
  await page.goto(`${first.url}/console/restarted`)
  await page.getByText('Live').waitFor()
  await first.stop()
  await page.getByText('Disconnected').waitFor()
  const second = await startServer(ground, { at: first.addresses })
  const again = new TaskplaneClient(second.addresses.grpc)
  await again.create({ serviceInstanceId: 'restarted', task: Task.create({ command: 'after.restart' }) })
  await page.getByText('after.restart').first().waitFor()
  again.close()
  expect(await second.stop()).toBe(0)
})
