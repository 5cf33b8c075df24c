// The console for everybody: axe finds nothing serious in any view, light or dark, phone to wide; it works by keyboard, and in
// every language.
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LANGUAGES, message, type Language } from '../../src/console/text/messages.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { ControlPlane } from '../demo/control-plane.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { suitePages } from './support/browser.js'

/** Pixels: a phone, a tablet, a wide screen. */
const WIDTHS = [390, 820, 1600]
const CLUSTER = { name: 'orders', env: 'prod' }

const directory = suiteDirectory()
let server: ServerProcess
const views: Record<string, string> = { start: '/console', unknown: '/console/vdc-1/nowhere' }
const pages = suitePages(() => [server.url])

/** One of each kind of task, all of them at rest but one. */
beforeAll(async () => {
  server = await startServer(directory())
  const address = server.addresses.grpc
  const stopped = new AbortController()
  const plane = new ControlPlane({ address, instance: 'vdc-1', stepMs: 20, signal: stopped.signal })
  await plane.createCluster(CLUSTER)
  await plane.takeBackup(CLUSTER, 'WARNING')
  await plane.takeBackup(CLUSTER, 'PARTIAL')
  await plane.failToDelete(CLUSTER)
  const slow = new ControlPlane({ address, instance: 'vdc-1', stepMs: 600_000, signal: stopped.signal })
  void slow.upgradeCluster(CLUSTER).catch(() => undefined) // runs until the tests are over
  void slow.restoreLater(CLUSTER, 1).catch(() => undefined)
  const reader = new TaskReader({ address, instance: 'vdc-1' })
  const ids: Record<string, string> = {}
  for await (const { task } of reader.watch({ snapshot: true })) {
    if (task !== undefined) ids[task.command] = task.id
    if (task?.command === 'cluster.upgrade' && task.status === 'RUNNING') break
  }
  reader.close()
  Object.assign(views, {
    overview: '/console/vdc-1',
    list: '/console/vdc-1/tasks',
    family: `/console/vdc-1/tasks/${ids['cluster.create'] ?? ''}`,
    running: `/console/vdc-1/tasks/${ids['cluster.upgrade'] ?? ''}`,
    data: `/console/vdc-1/tasks/${ids['cluster.delete'] ?? ''}?tab=data`,
    faces: `/console/vdc-1/tasks/${ids['cluster.create'] ?? ''}?tab=faces`,
  })
  return () => {
    stopped.abort()
    plane.close()
    slow.close()
  }
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** What axe finds that keeps somebody from using the page. */
async function findings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the policy of the page does not bind.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run())
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`))
}

/** Until there is nothing on its way any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor()
  await expect.poll(() => page.locator('.loading').count()).toBe(0)
}

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each(['start', 'unknown', 'overview', 'list', 'family', 'running', 'data', 'faces'])('%s', async (view) => {
    // An API that has no place for the task answers so, which the browser notes.
    pages.forgive(/400|404/)
    const page = await pages.open({ colorScheme, reducedMotion: 'reduce' })
    await page.goto(server.url + (views[view] ?? ''))
    await settled(page)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      expect(await findings(page)).toEqual([])
      // Nothing is wider than the page: a phone would have to be pushed about.
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0)
    }
  })
})

test('axe finds nothing serious in the question before a cancel, nor in the open menus', async () => {
  const page = await pages.open()
  await page.goto(server.url + (views['running'] ?? ''))
  await page.getByRole('button', { name: 'Cancel task' }).click()
  expect(await findings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.goto(server.url + (views['list'] ?? ''))
  await page.locator('summary', { hasText: 'Columns' }).click()
  expect(await findings(page)).toEqual([])
  // It is in the way of what the keyboard goes on to.
  await page.locator('summary', { hasText: 'Copy as' }).focus()
  expect(await page.getByLabel('Labels').isVisible()).toBe(false)
})

test('it can be used with the keyboard alone', async () => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/vdc-1`)
  await settled(page)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Tasks' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
  // Whoever cannot see that the view is another one hears it.
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  await page.locator('.row-link', { hasText: 'cluster.upgrade' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'cluster.upgrade', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Cancel task' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test.each(Object.entries(LANGUAGES) as [Language, string][])('%s is chosen and remembered', async (language, name) => {
  const page = await pages.open()
  await page.goto(`${server.url}/console/vdc-1`)
  await page.getByLabel('Language').selectOption(name)
  const title = message(language, 'runningNow')
  await page.getByRole('heading', { name: title, exact: true }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: title, exact: true }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
})

test('the first visit speaks the language of the browser', async () => {
  const page = await pages.open({ locale: 'zh-CN' })
  await page.goto(`${server.url}/console/vdc-1`)
  await page.getByRole('heading', { name: message('zh', 'runningNow'), exact: true }).waitFor()
})

test('the light is that of the system until another is chosen', async () => {
  const page = await pages.open({ colorScheme: 'dark' })
  await page.goto(`${server.url}/console/vdc-1`)
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const dark = await ground()
  await page.getByLabel('Theme').selectOption('Light')
  await expect.poll(ground).not.toBe(dark)
  await page.reload()
  await expect.poll(ground).not.toBe(dark)
})
