// The faces beside the contract, for every kind of caller: what is foreign is as if there were nothing.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign, type Signer } from '../support/tokens.js'

const OWN = randomUUID()
const FOREIGN = randomUUID()
const MISSING_TASK = randomUUID()

const directory = suiteDirectory()
let server: ServerProcess
let signer: Signer
let tokens: Record<'owner' | 'foreigner' | 'reader', string>
let taskId: string

beforeAll(async () => {
  signer = await newSigner('k')
  server = await startServer(directory(), { env: keyFileVariables(directory(), [signer]) })
  const tokenOf = (instance: string, role: string): Promise<string> => sign(signer, { instances: [instance], roles: [role] })
  tokens = { owner: await tokenOf(OWN, 'admin'), foreigner: await tokenOf(FOREIGN, 'admin'), reader: await tokenOf(OWN, 'reader') }
  const client = new TaskplaneClient(server.addresses.grpc, { token: tokens.owner })
  taskId = (await client.create({ serviceInstanceId: OWN, task: Task.create({ command: 'c' }) })).id
  client.close()
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

async function ask(path: string, caller: keyof typeof tokens | undefined, job?: object): Promise<{ status: number; body: string; challenge: string | null }> {
  // One name for all calls: answers say it.
  const headers = { 'content-type': 'application/json', 'x-request-id': 'call-1', ...(caller && { authorization: `Bearer ${tokens[caller]}` }) }
  const response = await fetch(server.url + path, { headers, method: job ? 'POST' : 'GET', body: job ? JSON.stringify(job) : null })
  return { status: response.status, body: await response.text(), challenge: response.headers.get('www-authenticate') }
}

const paths = (): string[] => [
  `/accounts/${OWN}/core/v1/tasks`,
  `/accounts/${OWN}/core/v1/tasks/${taskId}`,
  '/v2.1/jobs',
  `/v2.1/jobs?tenant_id=${OWN}`,
  `/v2.1/jobs/${taskId}`,
  `/v2.1/jobs/${taskId}?tenant_id=${OWN}`,
]

test('every read asks who calls, and serves those who may', async () => {
  for (const path of paths()) {
    expect(await ask(path, undefined)).toMatchObject({ status: 401, challenge: 'Bearer' })
    for (const caller of ['owner', 'reader'] as const) {
      const { status, body } = await ask(path, caller)
      expect([path, status]).toEqual([path, 200])
      expect(body).toContain(taskId)
    }
  }
})

test('to foreigners every read is as if there were nothing', async () => {
  const elsewhere = randomUUID()
  const unnamed = (text: string): string => [OWN, elsewhere, taskId, MISSING_TASK].reduce((rest, name) => rest.replaceAll(name, 'X'), text)
  for (const path of paths()) {
    const { status, body } = await ask(path, 'foreigner')
    const same = await ask(path.replace(OWN, elsewhere).replace(taskId, MISSING_TASK), 'foreigner')
    expect([path, status, unnamed(body)]).toEqual([path, same.status, unnamed(same.body)])
    expect(body).not.toContain('"command"')
    if (!path.startsWith('/v2.1/jobs?') && path !== '/v2.1/jobs') expect(status).toBe(404)
    else expect(JSON.parse(body)).toMatchObject({ result: { total_records: 0, records: [] } })
  }
})

test('a job is recorded only by those who may', async () => {
  const job = { tenant_id: OWN, action: 'create' }
  expect(await ask('/v2.1/jobs', undefined, job)).toMatchObject({ status: 401, challenge: 'Bearer' })
  expect(await ask('/v2.1/jobs', 'foreigner', job)).toMatchObject({ status: 404 })
  expect(await ask('/v2.1/jobs', 'reader', job)).toMatchObject({ status: 403 })
  const bad = await ask('/v2.1/jobs', 'foreigner', { ...job, tenant_id: 'not one' })
  expect(bad.status).toBe(400)
  expect(bad.body).toContain('tenant_id')
  expect(JSON.parse((await ask('/v2.1/jobs', 'owner')).body)).toMatchObject({ result: { total_records: 1 } })
  expect(await ask('/v2.1/jobs', 'owner', job)).toMatchObject({ status: 202 })
})
