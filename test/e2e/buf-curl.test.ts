// What people with grpcurl or `buf curl` see: everything listed, described and callable, by reflection alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram, type Ended } from '../support/program.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

const SERVICES = [
  'google.longrunning.Operations',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'openshift.v1.StatusMonitorService',
  'openshift.v1.TaskProducerService',
  'openshift.v1.TaskService',
]

function bufCurl(args: readonly string[], path = ''): Promise<Ended> {
  const url = `http://${server.addresses.grpc}${path}`
  return runProgram('node_modules/.bin/buf', ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', ...args, url])
}

async function call(method: string, request: object): Promise<Record<string, unknown>> {
  const { stdout, stderr, code } = await bufCurl(['-d', JSON.stringify(request)], `/openshift.v1.${method}`)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout) as Record<string, unknown>
}

describe.each(['grpc-v1', 'grpc-v1alpha'])('reflection %s', (protocol) => {
  test('lists the services', async () => {
    const { stdout } = await bufCurl(['--reflect-protocol', protocol, '--list-services'])
    expect(stdout.trim().split('\n')).toEqual(SERVICES)
  })

  test('lists the methods', async () => {
    const { stdout } = await bufCurl(['--reflect-protocol', protocol, '--list-methods'])
    expect(stdout).toContain('openshift.v1.TaskService/ListTasks')
    expect(stdout).toContain('openshift.v1.TaskProducerService/CreateTask')
  })

  test('calls every service', async () => {
    const health = await bufCurl(['--reflect-protocol', protocol, '-d', '{}'], '/grpc.health.v1.Health/Check')
    expect(JSON.parse(health.stdout)).toEqual({ status: 'SERVING' })
    const list = await bufCurl(
      ['--reflect-protocol', protocol, '-d', '{"serviceInstanceId":"nobody"}'],
      '/openshift.v1.TaskService/ListTasks',
    )
    expect(JSON.parse(list.stdout)).toEqual({})
  })
})

test('a task is created, read and failed, with details of known types shown as they are', async () => {
  const metadata = { '@type': 'type.googleapis.com/taskplane.run.v1.ProcessMetadata', program: 'make' }
  const created = (await call('TaskProducerService/CreateTask', {
    serviceInstanceId: 'vdc-1',
    task: { command: 'cluster.create', metadata },
  })) as { task: { id: string } }
  const key = { serviceInstanceId: 'vdc-1', taskId: created.task.id }
  expect(await call('TaskService/GetTask', key)).toMatchObject({ task: { metadata, status: 'PENDING' } })
  const failed = await call('TaskProducerService/FailTask', { ...key, error: { code: 13, message: 'm' } })
  expect(failed).toMatchObject({ task: { status: 'FAILED', error: { code: 13, message: 'm' } } })
})

test('an error carries its details, and its code is in the exit code', async () => {
  const { code, stderr } = await bufCurl(['-d', '{"serviceInstanceId":"vdc-1","pageSize":-1}'], '/openshift.v1.TaskService/ListTasks')
  expect(code).toBe(3 * 8)
  expect(JSON.parse(stderr)).toMatchObject({
    code: 'invalid_argument',
    message: 'page_size: expected 0 or more',
    details: [{ type: 'google.rpc.ErrorInfo' }, { type: 'google.rpc.BadRequest' }],
  })
})

test('reflection shows the rules of REST and refuses what does not exist', async () => {
  const ask = async (request: object): Promise<{ errorResponse?: object; fileDescriptorResponse?: object }> => {
    const { stdout } = await bufCurl(['-d', JSON.stringify(request)], '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')
    return JSON.parse(stdout) as object
  }
  for (const request of [
    { fileContainingSymbol: 'openshift.v1.TaskService.GetTask' },
    { fileContainingSymbol: 'openshift.v1.Task.Status' },
    { fileByFilename: 'google/rpc/status.proto' },
    { fileContainingExtension: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 72295728 } },
  ]) {
    expect(await ask(request)).toHaveProperty('fileDescriptorResponse')
  }
  for (const request of [
    { fileContainingSymbol: 'openshift.v1.Nothing' },
    { fileContainingSymbol: '' },
    { fileByFilename: '../../etc/passwd' },
    { fileContainingExtension: { containingType: 'google.protobuf.MethodOptions', extensionNumber: 1 } },
    { allExtensionNumbersOfType: 'nothing' },
  ]) {
    expect(await ask(request)).toMatchObject({ errorResponse: { errorCode: 5 } })
  }
  expect(await ask({ allExtensionNumbersOfType: 'google.protobuf.MethodOptions' })).toMatchObject({
    allExtensionNumbersResponse: { extensionNumber: expect.arrayContaining([72295728]) as unknown },
  })
})
