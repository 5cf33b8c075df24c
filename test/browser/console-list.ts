// The list in a real browser: it filters as one types, and the URL says what is seen.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { suitePages } from './support/browser.js'

const directory = suiteDirectory()
let server: ServerProcess
let client: TaskplaneClient
const pages = suitePages(() => [server.url])

beforeAll(async () => {
  server = await startServer(directory())
  client = new TaskplaneClient(server.addresses.grpc)
  for (const [command, service, env] of [
    ['cluster.create', 'clusters', 'prod'],
    ['cluster.delete', 'clusters', 'test'],
    ['backup.take', 'backup', 'prod'],
  ] as const) {
    await record('few', { command, service, labels: { env } })
  }
  await Promise.all(Array.from({ length: 1200 }, (_, i) => record('many', { command: `work.n${String(i % 7)}` })))
})

afterAll(async () => {
  client.close()
  expect(await server.stop()).toBe(0)
})

function record(serviceInstanceId: string, task: Partial<Task>): Promise<Task> {
  return client.create({ serviceInstanceId, task: Task.create({ createdBy: 'tester', ...task }) })
}

async function open(path: string): Promise<Page> {
  const page = await pages.open({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(`${server.url}/console/${path}`)
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
  return page
}

/** The commands in the rows that are drawn, from the top. */
function commands(page: Page): Promise<string[]> {
  return page.locator('.table-body .cell-command').allInnerTexts()
}

/** The link of the row at the top. */
function firstTask(page: Page): Promise<string | null> {
  return page.locator('[aria-rowindex="2"] .row-link').getAttribute('href')
}

test('it filters as one types, and a reload and a link show the same', async () => {
  const page = await open('few/tasks')
  await expect.poll(() => commands(page)).toEqual(['backup.take', 'cluster.delete', 'cluster.create'])
  await page.getByRole('searchbox').pressSequentially('clus')
  await expect.poll(() => commands(page)).toEqual(['cluster.delete', 'cluster.create'])
  await page.getByText('More filters').click()
  await page.getByLabel('Label', { exact: true }).fill('env=prod')
  await expect.poll(() => commands(page)).toEqual(['cluster.create'])
  expect(new URL(page.url()).search).toBe('?label=env%3Dprod&text=clus')
  await page.reload()
  await expect.poll(() => commands(page)).toEqual(['cluster.create'])
  expect(await page.getByRole('searchbox').inputValue()).toBe('clus')
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect.poll(() => commands(page)).toHaveLength(3)
})

test.each([
  ['Command', 'cluster.*', ['cluster.delete', 'cluster.create'], '?command=cluster.*'],
  ['Service', 'backup', ['backup.take'], '?service=backup'],
  ['Created by', 'nobody', [], '?by=nobody'],
  ['Label', 'env', ['backup.take', 'cluster.delete', 'cluster.create'], '?label=env'],
] as const)('the field %s with %s finds %j', async (field, typed, found, search) => {
  const page = await open('few/tasks')
  await page.getByText('More filters').click()
  await page.getByRole('search').getByLabel(field, { exact: true }).pressSequentially(typed)
  await page.waitForURL((url) => url.search === search)
  await expect.poll(() => commands(page)).toEqual(found)
})

test('statuses are chosen together', async () => {
  const page = await open('few/tasks?status=PENDING')
  await expect.poll(() => commands(page)).toHaveLength(3)
  await page.getByRole('button', { name: 'Running' }).click()
  await page.getByRole('button', { name: 'Pending' }).click()
  await page.getByText('No task matches').waitFor()
  expect(new URL(page.url()).search).toBe('?status=RUNNING')
})

test('a filter that cannot be read is said, and mended', async () => {
  pages.forgive(/400/)
  const page = await open('few/tasks?filter=status+%3D')
  await page.getByText('The filter cannot be read').waitFor()
  await page.getByText('INVALID_FILTER').waitFor()
  await page.getByLabel('Filter expression').fill('command = backup.*')
  await expect.poll(() => commands(page)).toEqual(['backup.take'])
})

test('what happens to the tasks of a filter is seen at once, and nothing else', async () => {
  const page = await open('moving/tasks?command=wanted')
  await page.getByText('Live').waitFor()
  await record('moving', { command: 'other' })
  const { id: taskId } = await record('moving', { command: 'wanted', cancelSupported: true })
  await expect.poll(() => commands(page)).toEqual(['wanted'])
  await client.cancel({ serviceInstanceId: 'moving', taskId })
  await page.locator('.table-body').getByText('Cancelled').waitFor()
})

test('order and columns are in the URL', async () => {
  const page = await open('few/tasks')
  await page.getByLabel('Sort').selectOption('Oldest first')
  await expect.poll(() => commands(page)).toEqual(['cluster.create', 'cluster.delete', 'backup.take'])
  await page.locator('summary', { hasText: 'Columns' }).click()
  await page.getByLabel('Labels').check()
  await page.getByLabel('Progress').uncheck()
  await page.getByRole('columnheader', { name: 'Labels' }).waitFor()
  expect(await page.getByRole('columnheader', { name: 'Progress' }).count()).toBe(0)
  expect(new URL(page.url()).search).toBe('?order=created_at&columns=status%2Ccommand%2Cabout%2CcreatedBy%2CcreatedAt%2Cduration%2Clabels')
  await page.keyboard.press('Escape')
  expect(await page.getByLabel('Labels').isVisible()).toBe(false)
})

test('pages turn both ways, and a link to one leads back to the first', async () => {
  const page = await open('many/tasks')
  const shown = (): Promise<string | null> => firstTask(page)
  await page.getByText('50 shown').waitFor()
  const first = await shown()
  await page.getByRole('button', { name: 'Next' }).click()
  await expect.poll(shown).not.toBe(first)
  const second = await shown()
  await page.getByRole('button', { name: 'Next' }).click()
  await expect.poll(shown).not.toBe(second)
  await page.getByRole('button', { name: 'Previous' }).click()
  await expect.poll(shown).toBe(second)
  const link = page.url()
  await page.getByRole('button', { name: 'Previous' }).click()
  await expect.poll(shown).toBe(first)
  expect(await page.getByRole('button', { name: 'Previous' }).isDisabled()).toBe(true)
  const visitor = await pages.open()
  await visitor.goto(link)
  await visitor.getByRole('button', { name: 'To the first page' }).click()
  await expect.poll(() => firstTask(visitor)).toBe(first)
})

test('a page that is no longer there is said, and left', async () => {
  pages.forgive(/400/)
  const page = await open('few/tasks?page=gone')
  await page.getByText('This page of the list is no longer there').waitFor()
  await page.getByRole('button', { name: 'To the first page' }).click()
  await expect.poll(() => commands(page)).toHaveLength(3)
})

test('a thousand rows cost a screenful, and the last one can be scrolled to', async () => {
  const page = await open('many/tasks?size=1000')
  await page.getByText('1,000 shown').waitFor()
  expect(await page.locator('.table-body .table-row').count()).toBeLessThan(80)
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('1001')
  const started = performance.now()
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  await page.locator('[aria-rowindex="1001"]').waitFor()
  expect(performance.now() - started).toBeLessThan(2000)
  expect(await page.locator('.table-body .table-row').count()).toBeLessThan(80)
})

test('the list can be taken along as commands', async () => {
  const page = await open('few/tasks?command=cluster.*')
  await page.getByText('Copy as').click()
  const box = page.locator('.copy-box').filter({ hasText: 'curl -s' })
  expect(await box.locator('pre').innerText()).toBe(
    `curl -s '${server.url}/openshift/v1/few/tasks?filter=command+%3D+%22cluster.*%22&orderBy=created_at+desc&pageSize=50'`,
  )
  await box.getByRole('button', { name: 'Copy' }).click()
  await box.getByText('Copied').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl -s /)
  await page.getByText(`${server.addresses.grpc} openshift.v1.TaskService/ListTasks`).waitFor()
  await page.locator('.copy-box').filter({ hasText: /^filter/ }).getByText('command = "cluster.*"').waitFor()
})

test('an id leads to its task', async () => {
  const { id } = await record('found', { command: 'needle' })
  const page = await open('found/tasks')
  await page.getByRole('searchbox').fill(id)
  await page.getByRole('link', { name: `Open task ${id}` }).click()
  await page.getByRole('heading', { name: 'needle', exact: true }).waitFor()
})
