// A task as an operation of google.longrunning (AIP-151): done exactly with an error or a response.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CancelOperationRequest, GetOperationRequest, ListOperationsRequest, ListOperationsResponse, Operation, WaitOperationRequest } from '../../gen/google/longrunning/operations.js'
import { Task } from '../../gen/openshift/v1/task.js'
import type { ApiUnaryMethod } from '../../src/api/api-method.js'
import { operationsApi } from '../../src/api/operations-api.js'
import { PollAdvice } from '../../src/api/poll-advice.js'
import { ANONYMOUS } from '../../src/auth/anonymous.js'
import { POLL_LIMITS } from '../../src/limits.js'
import { fromMilliseconds } from '../../src/task/duration.js'
import { TaskError } from '../../src/task/task-error.js'
import { TaskService } from '../../src/task/task-service.js'
import { openClockedSqlite, type ClockedStore } from '../support/clocked-store.js'
import { acknowledge, ask, complete, create, fail, start } from '../support/task-changes.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let store: ClockedStore
let methods: Map<string, ApiUnaryMethod>

beforeEach(() => {
  store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const tasks = new TaskService({ store, now: () => new Date(store.now), report: (error) => expect.fail(String(error)) })
  methods = new Map(operationsApi(tasks, new PollAdvice(tasks, '')).flatMap((method) => (method.kind === 'unary' ? [[method.descriptor.name, method]] : [])))
})

afterEach(() => store.close())

/** Milliseconds after which the last poll was asked to come again; undefined when it was not. */
let pollAgainMs: number | undefined

async function call(name: string, request: Uint8Array): Promise<Uint8Array> {
  pollAgainMs = undefined
  const pollAgain = (ms: number): void => void (pollAgainMs = ms)
  const method = methods.get(name)
  if (method === undefined) throw new Error(`There is no ${name}`)
  const { signal } = new AbortController()
  const accepted = (): never => expect.fail('Nothing was recorded')
  return method.read(request).answer({ caller: ANONYMOUS, signal, enteredAt: 0, deadline: Infinity, pollAgain, accepted, load: 0 })
}

async function get(name: string): Promise<Operation> {
  return Operation.decode(await call('GetOperation', GetOperationRequest.encode({ name }).finish()))
}

const NAME = 'instances/vdc-1/operations/a'

describe('an operation', () => {
  test.each([
    ['PENDING', [], undefined],
    ['RUNNING', [start('a')], undefined],
    ['CANCELLING', [start('a'), ask('cancel', 'a')], undefined],
    ['SUCCEEDED', [start('a'), complete('a')], { $case: 'response', value: { typeUrl: 'type.googleapis.com/google.protobuf.Empty' } }],
    ['FAILED', [fail('a')], { $case: 'error', value: { code: 13, message: 'broken' } }],
    ['CANCELLED', [start('a'), ask('cancel', 'a'), acknowledge('acknowledgeCancel', 'a')], { $case: 'error', value: { code: 1 } }],
  ])('of a task that is %s', async (status, writes, result) => {
    for (const write of [create('a', { cancelSupported: true }), ...writes]) await store.write(write)
    const operation = await get(NAME)
    expect(pollAgainMs).toBe(operation.done ? undefined : POLL_LIMITS.minMs)
    expect(operation).toMatchObject({ name: NAME, done: result !== undefined })
    if (result === undefined) expect(operation.result).toBeUndefined()
    else expect(operation.result).toMatchObject(result)
    expect(operation.metadata?.typeUrl).toBe('type.googleapis.com/openshift.v1.Task')
    expect(Task.decode(operation.metadata?.value ?? new Uint8Array())).toMatchObject({ id: 'a', status })
  })

  test('is waited for, and is as it is when the time is up', async () => {
    await store.write(create('a'))
    const wait = async (ms: number): Promise<Operation> =>
      Operation.decode(await call('WaitOperation', WaitOperationRequest.encode({ name: NAME, timeout: fromMilliseconds(ms) }).finish()))
    expect(await wait(1)).toMatchObject({ done: false })
    const waiting = wait(20_000)
    await store.write(fail('a'))
    expect(await waiting).toMatchObject({ done: true })
  })

  test.each(['', 'a', 'instances', 'instances/vdc-1/operations', 'instances/vdc-1/operations/', 'instances//operations/a', 'instances/vdc 1/operations/a', `${NAME}/b`, `/${NAME}`])(
    'is not named %j',
    async (name) => {
      await expect(get(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { fieldViolations: [{ field: 'name' }] } })
    },
  )

  test('that is missing is said to be', async () => {
    await expect(get(NAME)).rejects.toBeInstanceOf(TaskError)
    await expect(call('CancelOperation', CancelOperationRequest.encode({ name: NAME }).finish())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('a list is that of one instance, page by page', async () => {
  for (const id of ['a', 'b', 'c']) await store.write(create(id))
  const list = async (pageToken: string): Promise<ListOperationsResponse> => {
    const request = ListOperationsRequest.encode(ListOperationsRequest.create({ name: 'instances/vdc-1', pageSize: 2, pageToken })).finish()
    return ListOperationsResponse.decode(await call('ListOperations', request))
  }
  const first = await list('')
  const second = await list(first.nextPageToken)
  expect([...first.operations, ...second.operations].map(({ name }) => name)).toEqual(['c', 'b', 'a'].map((id) => `instances/vdc-1/operations/${id}`))
  expect(second.nextPageToken).toBe('')
})
