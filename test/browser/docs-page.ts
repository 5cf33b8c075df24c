// The page at /docs in a real browser: it loads from the server alone, and calls it.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { suitePages } from './support/browser.js'

const directory = suiteDirectory()
let server: ServerProcess
let page: Page
const pages = suitePages(() => [server.url])

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

beforeEach(async () => {
  page = await pages.open()
  await page.goto(`${server.url}/docs`)
})

/** Opens the form of an operation. */
async function form(method: string, path: string): Promise<ReturnType<Page['locator']>> {
  const beginning = new RegExp(`^${method}${path.replaceAll(/[{}]/g, String.raw`\$&`)} `)
  const operation = page.locator('details').filter({ has: page.locator('summary').filter({ hasText: beginning }) })
  await operation.locator('summary').click()
  return operation
}

test('it lists every operation', async () => {
  await page.getByRole('heading', { name: 'Taskplane v1', exact: true }).waitFor()
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> }
  const operations = Object.values(paths).flatMap((item) => Object.keys(item))
  expect(await page.locator('details').count()).toBe(operations.length)
})

test('it shows the documents of other APIs too', async () => {
  await page.getByRole('link', { name: 'Astra tasks' }).click()
  await page.getByRole('heading', { name: 'Astra tasks v1', exact: true }).waitFor()
  expect(await page.locator('details').count()).toBe(2)
  const list = await form('GET', '/accounts/{account_id}/core/v1/tasks')
  await list.locator('input').first().fill('fdaa655c-15ab-4d34-aa61-1e9098e67be0')
  await list.getByRole('button', { name: 'Send' }).click()
  await list.locator('pre', { hasText: 'application/astra-tasks' }).waitFor()
})

test('a task is created with the example, and found', async () => {
  const create = await form('POST', '/openshift/v1/{service_instance_id}/tasks')
  await create.locator('input').first().fill('browsed')
  await create.locator('textarea').fill('{"command":"cluster.create"}')
  await create.getByRole('button', { name: 'Send' }).click()
  await create.locator('pre', { hasText: '"command": "cluster.create"' }).waitFor()
  expect(await create.locator('pre').textContent()).toMatch(/^202 Accepted/)
  const list = await form('GET', '/openshift/v1/{service_instance_id}/tasks')
  await list.locator('input').first().fill('browsed')
  await list.getByRole('button', { name: 'Send' }).click()
  await list.locator('pre', { hasText: '"command": "cluster.create"' }).waitFor()
})

test('a stream shows what comes until it is stopped', async () => {
  const watch = await form('GET', '/openshift/v1/{service_instance_id}/tasks:watch')
  await watch.locator('input').first().fill('followed')
  await watch.locator('select').selectOption('text/event-stream')
  await watch.getByRole('button', { name: 'Send' }).click()
  await watch.locator('pre', { hasText: '200 OK' }).waitFor()
  await fetch(`${server.url}/openshift/v1/followed/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"command":"cluster.resize"}',
  })
  await watch.locator('pre', { hasText: 'cluster.resize' }).waitFor()
  await watch.getByRole('button', { name: 'Stop' }).click()
})
