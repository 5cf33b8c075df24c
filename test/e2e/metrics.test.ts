// The numbers of a real server, as Prometheus gets them.
import { ChannelCredentials } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { HealthClient } from '../../gen/health/v1/health.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { valueIn } from '../support/metrics.js'
import { exchange, head } from '../support/raw-http1.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const SERVICE = 'openshift.v1.TaskService'
const PRODUCER = 'openshift.v1.TaskProducerService'

async function scrape({ addresses }: ServerProcess): Promise<string> {
  const response = await fetch(`http://${addresses.admin}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return response.text()
}

test('calls are counted by method and code, through both doors', async () => {
  const server = await startServer(temporaryDirectory())
  const client = new TaskplaneClient(server.addresses.grpc)
  const { id } = await client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c' }), requestId: '' })
  await client.get({ serviceInstanceId: 'vdc-1', taskId: id })
  await client.get({ serviceInstanceId: 'vdc-1', taskId: 'missing' }).catch(() => undefined)
  await fetch(`${server.url}/openshift/v1/vdc-1/tasks/${id}`)
  const text = await scrape(server)
  const calls = (method: string, code: string): number | undefined =>
    valueIn(text, `taskplane_calls_total{method="${method}",code="${code}"}`)
  expect(calls(`${PRODUCER}/CreateTask`, 'OK')).toBe(1)
  expect(calls(`${SERVICE}/GetTask`, 'OK')).toBe(2)
  expect(calls(`${SERVICE}/GetTask`, 'NOT_FOUND')).toBe(1)
  expect(valueIn(text, `taskplane_call_duration_seconds_count{method="${SERVICE}/GetTask"}`)).toBe(3)
  expect(valueIn(text, 'taskplane_calls_in_flight{kind="read"}')).toBe(0)
  expect(valueIn(text, 'taskplane_http_answers_total{route="/openshift/v1/{service_instance_id}/tasks/{task_id}",status="200"}')).toBe(1)
  expect(valueIn(text, 'taskplane_task_events_total{kind="CREATED"}')).toBe(1)
  expect(valueIn(text, 'taskplane_store_batch_writes_sum')).toBe(1)
  expect(valueIn(text, 'taskplane_store_operation_duration_seconds_count{operation="ready"}')).toBe(3)
  client.close()
  await server.stop()
})

test('what waits, watches and is connected is shown while it is there', async () => {
  const server = await startServer(temporaryDirectory())
  const client = new TaskplaneClient(server.addresses.grpc)
  const { id } = await client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c' }), requestId: '' })
  const watch = client.watch({ serviceInstanceId: 'vdc-1' }).on('error', () => undefined)
  await new Promise((resolve) => watch.once('data', resolve))
  const left = new AbortController()
  const wait = client.wait({ serviceInstanceId: 'vdc-1', taskId: id }, { signal: left.signal }).catch(() => undefined)
  const shown = async (name: string): Promise<number | undefined> => valueIn(await scrape(server), name)
  await expect.poll(() => shown('taskplane_waiters')).toBe(1)
  expect(await shown('taskplane_watchers')).toBe(1)
  expect(await shown('taskplane_calls_in_flight{kind="wait"}')).toBe(2)
  expect(await shown('taskplane_connections{port="grpc"}')).toBeGreaterThan(0)
  watch.cancel()
  left.abort()
  await wait
  for (const name of ['taskplane_waiters', 'taskplane_watchers', 'taskplane_calls_in_flight{kind="wait"}']) {
    await expect.poll(() => shown(name)).toBe(0)
  }
  expect(await shown(`taskplane_calls_total{method="${SERVICE}/WatchTasks",code="CANCELLED"}`)).toBe(1)
  client.close()
  await expect.poll(() => shown('taskplane_connections{port="grpc"}')).toBe(0)
  await server.stop()
})

test('nothing that callers send becomes a label, and none of it breaks the page', async () => {
  const server = await startServer(temporaryDirectory())
  const client = new TaskplaneClient(server.addresses.grpc)
  const names = ['toString', '__proto__', 'constructor', 'valueOf', 'tenant-of-mine']
  for (const name of names) {
    const task = Task.create({ command: name, createdBy: name, labels: { [name.replaceAll('_', '')]: name } })
    await client.create({ serviceInstanceId: name, task, requestId: '' })
    await client.get({ serviceInstanceId: name, taskId: name }).catch(() => undefined)
    await fetch(`${server.url}/openshift/v1/${name}/tasks/${name}`, { headers: { 'x-request-id': name } })
    await fetch(`${server.url}/${name}?${name}=${name}`)
    await exchange(server.addresses.http, head(`GET /${name}"}\\n{`))
  }
  const health = new HealthClient(server.addresses.grpc, ChannelCredentials.createInsecure())
  await new Promise((resolve) => health.check({ service: '__proto__' }, resolve))
  health.close()
  const text = await scrape(server)
  for (const name of names) expect(text).not.toContain(name)
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of series) expect(line).toMatch(/^[a-z0-9_:]+(?:\{(?:\w+="[^"\\]*",?)*\})? (?:-?[\d.e+-]+|NaN|\+Inf)$/)
  // As many again, with other names, make no new series; each of these ways was gone above.
  for (let index = 0; index < 20; index += 1) {
    await fetch(`${server.url}/openshift/v1/vdc-${index}/tasks/t-${index}`)
    await fetch(`${server.url}/nowhere/${index}`)
  }
  const after = (await scrape(server)).split('\n').filter((line) => line.startsWith('taskplane_'))
  expect(after.length).toBe(series.filter((line) => line.startsWith('taskplane_')).length)
  client.close()
  await server.stop()
})
