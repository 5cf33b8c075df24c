// Commands to copy do what the page did: they are run by a shell, against a server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curlList, curlTask, grpcurlList, grpcurlTask, runFirst } from '../../src/console/api/commands.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { runProgram } from '../support/program.js'
import { MAIN, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const ODD = `it's "odd" $(date) \\ \`id\``
const directory = suiteDirectory()
let server: ServerProcess
let created: Task

beforeAll(async () => {
  server = await startServer(directory())
  const client = new TaskplaneClient(server.addresses.grpc)
  created = await client.create({ serviceInstanceId: 'vdc-1', task: Task.create({ command: 'c', createdBy: ODD }) })
  client.close()
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

const seen = (): { origin: string; grpc: string; needsToken: boolean } => ({ origin: server.url, grpc: server.addresses.grpc, needsToken: false })
const filter = `created_by = ${JSON.stringify(ODD)}`

/** The words that a shell makes of a command. */
async function words(command: string): Promise<string[]> {
  const { stdout } = await runProgram('sh', ['-c', `set -- ${command}; for word; do printf '%s\\0' "$word"; done`])
  return stdout.split('\0').slice(0, -1)
}

test('a first task is recorded, with the token and over TLS where they are needed', async () => {
  expect(runFirst(seen(), '~x')).toBe(`npx taskplane run --grpc-address ${server.addresses.grpc} --instance '~x' --command demo.hello -- sleep 10`)
  const guarded = { origin: 'https://tasks.example.com', grpc: 'tasks.example.com:50051', needsToken: true }
  expect(runFirst(guarded, 'vdc-1')).toBe(
    `TASKPLANE_TOKEN="$TOKEN" npx taskplane run --grpc-address tasks.example.com:50051 --tls --instance 'vdc-1' --command demo.hello -- sleep 10`,
  )
  const { code } = await runProgram('sh', ['-c', runFirst(seen(), '~x').replace('npx taskplane', `node '${MAIN}'`).replace('sleep 10', 'true')])
  expect(code).toBe(0)
})

test('curl lists and gets', async () => {
  const list = await runProgram('sh', ['-c', curlList(seen(), 'vdc-1', { filter, pageSize: 50, pageToken: '' })])
  expect(JSON.parse(list.stdout)).toMatchObject({ tasks: [{ id: created.id }] })
  const one = await runProgram('sh', ['-c', curlTask(seen(), 'vdc-1', created.id)])
  expect(JSON.parse(one.stdout)).toMatchObject({ task: { id: created.id, createdBy: ODD } })
})

describe('grpcurl', () => {
  test('is told the request as JSON', async () => {
    const [program, plain, flag, body = '', address, method] = await words(grpcurlList(seen(), 'vdc-1', { filter, orderBy: 'created_at' }))
    expect([program, plain, flag, address, method]).toEqual(['grpcurl', '-plaintext', '-d', server.addresses.grpc, 'openshift.v1.TaskService/ListTasks'])
    expect(JSON.parse(body)).toEqual({ service_instance_id: 'vdc-1', filter, order_by: 'created_at' })
  })

  test('uses TLS where the page came over it, and leaves the token to the shell', async () => {
    const command = grpcurlTask({ origin: 'https://tasks.example.com', grpc: 'tasks.example.com:443', needsToken: true }, 'vdc-1', 't1')
    expect((await words(`TOKEN=x; set -- ${command}`)).includes('-plaintext')).toBe(false)
    expect(command).toContain('-H "Authorization: Bearer $TOKEN"')
  })
})
