// One task in a real browser: its parts, its history, what it holds, and what can be asked of it.
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { TaskReader } from '../../src/client/task-reader.js'
import { ControlPlane } from '../demo/control-plane.js'
import { MAIN, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { suitePages } from './support/browser.js'

/** A UUID, as the API of NetApp Astra has them. */
const INSTANCE = '7c3f7a52-0d6f-4d4e-b7c7-64a4f0d8f0a1'
const CLUSTER = { name: 'orders', env: 'prod' }

const directory = suiteDirectory()
let server: ServerProcess
let reader: TaskReader
let client: TaskplaneClient
const pages = suitePages(() => [server.url])

beforeAll(async () => {
  server = await startServer(directory())
  client = new TaskplaneClient(server.addresses.grpc)
  reader = new TaskReader({ address: server.addresses.grpc, instance: INSTANCE })
})

afterAll(async () => {
  reader.close()
  client.close()
  expect(await server.stop()).toBe(0)
})

/** A control plane that plays until the test ends. */
function plane(stepMs: number): ControlPlane {
  const stopped = new AbortController()
  const made = new ControlPlane({ address: server.addresses.grpc, instance: INSTANCE, stepMs, signal: stopped.signal })
  onTestFinished(() => {
    stopped.abort()
    made.close()
  })
  return made
}

/** The first task with `command` that is recorded from now on. */
async function next(command: string): Promise<Task> {
  for await (const { task } of reader.watch({ filter: `command = ${command}` })) if (task !== undefined) return task
  throw new Error('The stream ended')
}

async function open({ id }: Task, tab = ''): Promise<Page> {
  const page = await pages.open()
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/${id}${tab}`)
  return page
}

test('parts appear, run and end below their parent', async () => {
  const parent = next('cluster.create')
  const ended = plane(400).createCluster(CLUSTER)
  const page = await open(await parent)
  const parts = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Parts', exact: true }) })
  await parts.getByText('network.allocate').waitFor()
  await parts.getByRole('progressbar').first().waitFor()
  await expect.poll(() => parts.getByText('machine.provision').count(), { timeout: 15_000 }).toBe(3)
  await parts.getByText('cluster.bootstrap').waitFor()
  await ended
  await expect.poll(() => parts.getByText('Succeeded').count()).toBe(5)
  await page.locator('.view-head').getByText('Succeeded').waitFor()
  await parts.getByRole('link', { name: 'cluster.bootstrap' }).click()
  await page.getByRole('heading', { name: 'cluster.bootstrap', exact: true }).waitFor()
  await page.getByText('Part of').waitFor()
})

test('the history says who did what, when and why', async () => {
  const task = next('cluster.upgrade')
  const ended = plane(300).cancelledUpgrade(CLUSTER)
  const page = await open(await task)
  await ended
  const history = page.locator('.history')
  await history.getByText('Cancelled').first().waitFor()
  for (const text of ['Recorded', 'Started', 'Cancel requested', 'wrong maintenance window', 'by anonymous']) {
    await history.getByText(text).first().waitFor()
  }
  expect(await page.getByRole('button', { name: 'Cancel task' }).count()).toBe(0)
})

test('the lease is seen, and that its owner is lost', async () => {
  const task = next('volume.resize')
  await plane(100).loseOwner(CLUSTER)
  const page = await open(await task)
  await page.getByText('Owner storage-7f9c4, attempt 1 of 1').waitFor()
  await page.getByText(/^Lapses in \ds unless renewed$/).waitFor()
  await page.locator('.view-head').getByText('Failed').waitFor()
  await page.getByText('Its owner fell silent').waitFor()
})

test('error details are shown as what they are', async () => {
  const task = next('cluster.delete')
  await plane(10).failToDelete(CLUSTER)
  const page = await open(await task, '?tab=data')
  await page.getByText('FAILED_PRECONDITION').waitFor()
  await page.getByText('VOLUMES_ATTACHED').waitFor()
  await page.getByRole('row', { name: 'spec.volumes[0] pvc-3 is mounted by orders-db' }).waitFor()
  await page.getByText('May be tried again after 5m').waitFor()
  const metadata = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Metadata', exact: true }) }).last()
  await metadata.getByText('google.protobuf.Struct').waitFor()
  await metadata.getByText('m5.large').waitFor()
})

test('a type that the server does not know is shown as its bytes', async () => {
  const task = next('backup.restore')
  void plane(60_000).restoreLater(CLUSTER, 1).catch(() => undefined) // waits until the test is over
  const page = await open(await task, '?tab=data')
  await page.getByText('type.example.com/backup.v1.RestoreRequest').waitFor()
  await page.getByText(/does not know this type.*bytes: 8/).waitFor()
  await page.getByText('CgZvcmRlcnM=').waitFor()
})

test('every API is asked for the same task', async () => {
  const task = next('backup.take')
  await plane(10).takeBackup(CLUSTER)
  const { id } = await task
  const page = await open(await task, '?tab=faces')
  const face = (name: string): ReturnType<Page['locator']> => page.locator('.face').filter({ has: page.getByRole('heading', { name, exact: true }) })
  await face('OpenShift').getByText('"typeUrl"').first().waitFor()
  await face('OpenShift, any=canonical').getByText('"@type"').first().waitFor()
  await face('google.longrunning').getByText(`"name": "instances/${INSTANCE}/operations/${id}"`).waitFor()
  for (const name of ['NetApp Astra', 'NetApp Service Engine', 'Azure LRO']) {
    await face(name).getByText('200', { exact: true }).waitFor()
  }
})

test('an old task is followed from now on: what happened to others since it ended is not told again', async () => {
  const task = next('backup.take')
  await plane(10).takeBackup(CLUSTER)
  const { id } = await task
  await plane(10).failToDelete(CLUSTER)
  const { revision } = (await (await fetch(`${server.url}/openshift/v1/${INSTANCE}/tasks`)).json()) as { revision: string }
  const page = await pages.open()
  const watch = page.waitForRequest((request) => request.url().includes(':watch'))
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/${id}`)
  expect((await watch).headers()['last-event-id']).toBe(revision)
  await page.getByText('Live').waitFor()
})

test('a lease is judged by the clock of the server, and not by what was seen of it long ago', async () => {
  pages.forgive(/ERR_|Failed to load resource/)
  const task = next('volume.resize')
  // Its owner renews it for as long as the test is about it.
  const { id: taskId } = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'volume.resize' }), leasePolicy: { ttl: { seconds: 5n, nanos: 0 }, maxAttempts: 1 } })
  const { leaseToken } = await client.startWithLease({ serviceInstanceId: INSTANCE, taskId, owner: 'storage-1' })
  const renewals = setInterval(() => void client.renewLease({ serviceInstanceId: INSTANCE, taskId, leaseToken }), 1000)
  onTestFinished(() => clearInterval(renewals))
  const page = await pages.open()
  // A clock that is an hour ahead would have it lapsed long ago.
  await page.addInitScript(() => {
    const now = Date.now
    Date.now = () => now() + 3_600_000
  })
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/${(await task).id}`)
  const lapses = page.getByText(/^Lapses in \ds unless renewed$/)
  await lapses.waitFor()
  expect(await page.getByText(/^Last heartbeat: (now|\d sec)/).count()).toBe(1)
  await page.context().setOffline(true)
  await page.getByText('It has to be seen whether it was renewed').waitFor()
  expect(await page.getByText('The lease has lapsed').count()).toBe(0)
  await page.context().setOffline(false)
  await lapses.waitFor()
})

test('a task that nobody has started is cancelled at once, and one that is deleted is said to be', async () => {
  const { id: taskId } = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'short.lived', cancelSupported: true }) })
  const page = await pages.open()
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/${taskId}`)
  await page.getByText('Live').waitFor()
  await page.getByRole('button', { name: 'Cancel task' }).click()
  await page.getByRole('dialog').getByText('Nobody has started it').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click()
  await page.locator('.view-head').getByText('Cancelled').waitFor()
  await client.delete({ serviceInstanceId: INSTANCE, taskId })
  await page.getByText('This task has been deleted').waitFor()
})

test('a task that is not there is said', async () => {
  pages.forgive(/404/)
  const page = await pages.open()
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/nowhere`)
  await page.getByText('There is no such task here').waitFor()
  await page.getByRole('main').getByRole('link', { name: 'All tasks' }).click()
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
})

test('cancelling from the page ends a real process', async () => {
  const task = next('archive.volumes')
  const run = ['run', '--instance', INSTANCE, '--grpc-address', server.addresses.grpc, '--command', 'archive.volumes', '--', 'sleep', '600']
  const child = spawn(process.execPath, [MAIN, ...run], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const page = await open(await task)
  await page.locator('.view-head').getByText('Running').waitFor()
  await page.getByRole('button', { name: 'Cancel task' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel this task?' })
  await dialog.getByRole('button', { name: 'Leave it as it is' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(child.exitCode).toBeNull()
  // Whoever uses the keyboard goes on from there.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel task')
  await page.getByRole('button', { name: 'Cancel task' }).click()
  await dialog.getByLabel(/^Why/).fill('wrong volume')
  await dialog.getByRole('button', { name: 'Cancel task' }).click()
  await page.locator('.view-head').getByText(/^Cancell/).waitFor()
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
  await exit
  await page.locator('.view-head').getByText('Cancelled').waitFor()
  await page.locator('.history').getByText('wrong volume').waitFor()
})

test('a task is paused and resumed, when it allows it', async () => {
  const task = next('cluster.upgrade')
  void plane(500).upgradeCluster(CLUSTER).catch(() => undefined) // ends with the test
  const page = await open(await task)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
  await page.locator('.view-head').getByText('Paused').waitFor()
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
  await page.locator('.view-head').getByText('Running').waitFor()
})

test('an answer that is none of the API is said, and tried again', async () => {
  const task = next('backup.take')
  await plane(10).takeBackup(CLUSTER)
  const { id } = await task
  const page = await pages.open()
  const path = `/openshift/v1/${INSTANCE}/tasks/${id}`
  await page.route(`**${path}`, (route) => route.fulfill({ json: { task: { id, revision: '1', command: 'c', status: 'RUNNING', labels: 7, statusDetails: 7 } } }))
  await page.goto(`${server.url}/console/${INSTANCE}/tasks/${id}`)
  await page.getByText('This view cannot show what the server answered').waitFor()
  await page.unroute(`**${path}`)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'backup.take', exact: true }).waitFor()
})

test('a refusal is said where it was asked', async () => {
  pages.forgive(/400/)
  const task = next('cluster.upgrade')
  void plane(500).upgradeCluster(CLUSTER).catch(() => undefined) // ends with the test
  const page = await open(await task)
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.route('**/*:pause', (route) =>
    route.fulfill({ status: 400, contentType: 'application/json', body: '{"code":9,"message":"Cannot pause a task that is SUCCEEDED"}' }),
  )
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('dialog').getByRole('alert').getByText('Cannot pause a task that is SUCCEEDED').waitFor()
})
