// The status monitor as Azure's clients see it: @azure/core-lro, unmodified, over requests as those clients send them.
import { createHttpPoller, type OperationResponse, type OperationState, type PollerLike, type RunningOperation } from '@azure/core-lro'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { packAny } from '../../src/base/any.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

interface Monitor {
  readonly id: string
  readonly status: string
  readonly percentComplete?: number
  readonly result?: object
}

/** One poll: when it was sent, and how long its answer says to stay away, in milliseconds. */
interface Poll {
  readonly at: number
  readonly url: string
  readonly status: string | undefined
  readonly retryAfterMs: number
}

type Poller = PollerLike<OperationState<Monitor>, Monitor>

const INSTANCE = 'azure'
const directory = suiteDirectory()
let server: ServerProcess
let producer: TaskplaneClient

beforeAll(async () => {
  server = await startServer(directory())
  producer = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  producer.close()
  expect(await server.stop()).toBe(0)
})

/** Sends a request as the pipelines of Azure's clients do: paths belong to the endpoint, and a refusal is a RestError. */
async function send(method: string, location: string, body?: object): Promise<OperationResponse<Monitor>> {
  const url = new URL(location, server.url).toString()
  const sent = { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body) }
  const response = await fetch(url, sent)
  const answer = (await response.json()) as Monitor & { message?: string }
  if (!response.ok) throw Object.assign(new Error(answer.message), { name: 'RestError', statusCode: response.status })
  const headers = Object.fromEntries(response.headers)
  return { flatResponse: answer, rawResponse: { statusCode: response.status, headers, body: answer, request: { method, url } } }
}

/** How a task is created. */
interface Create {
  readonly path: string
  readonly body: object
}

/** An operation that creates a task, the polls that follow it, and what to call when there are more. */
class CreatedOperation implements RunningOperation<Monitor> {
  readonly polls: Poll[] = []
  private readonly create: Create
  private heard: () => void = () => undefined

  constructor({ path = `/openshift/v1/${INSTANCE}/tasks`, body = { command: 'cluster.create', cancelSupported: true } }: Partial<Create> = {}) {
    this.create = { path, body }
  }

  readonly sendInitialRequest = (): Promise<OperationResponse<Monitor>> => send('POST', this.create.path, this.create.body)

  readonly sendPollRequest = async (location: string): Promise<OperationResponse<Monitor>> => {
    const at = performance.now()
    const answer = await send('GET', location)
    const { headers, request } = answer.rawResponse
    const retryAfterMs = Number(headers['retry-after'] ?? 0) * 1000
    this.polls.push({ at, url: request.url, status: answer.flatResponse.status, retryAfterMs })
    this.heard()
    return answer
  }

  /** Resolves once a poll has been answered with that status. */
  saw(status: string): Promise<void> {
    return new Promise((resolve) => {
      this.heard = () => {
        if (this.polls.some((poll) => poll.status === status)) resolve()
      }
      this.heard()
    })
  }
}

/** A poller that asks every millisecond unless it is told otherwise. */
function follow(operation: RunningOperation<Monitor>, restoreFrom?: string): Poller {
  return createHttpPoller<Monitor, OperationState<Monitor>>(operation, { intervalInMs: 1, ...(restoreFrom !== undefined && { restoreFrom }) })
}

/** The task behind an operation that has been submitted. */
async function keyOf(poller: Poller): Promise<{ serviceInstanceId: string; taskId: string }> {
  const { state } = JSON.parse(await poller.serialize()) as { state: { config: { operationLocation: string } } }
  const [, taskId = ''] = /\/tasks\/([^/]+)\/monitor$/.exec(state.config.operationLocation) ?? []
  return { serviceInstanceId: INSTANCE, taskId }
}

const RESULT = packAny(ErrorInfo, { reason: 'DONE', domain: 'test' })

describe('a poller of Azure', () => {
  test('follows a task to its result, and comes no sooner than it is asked to', async () => {
    const operation = new CreatedOperation()
    const poller = follow(operation)
    const key = await keyOf(poller)
    const done = poller.pollUntilDone()
    await operation.saw('NotStarted')
    await producer.start(key)
    await producer.update({ ...key, task: Task.create({ progressPercent: 40 }) })
    await operation.saw('Running')
    await producer.complete({ ...key, response: RESULT, outcome: 'WARNING' })
    expect(await done).toMatchObject({
      id: key.taskId,
      kind: 'cluster.create',
      status: 'Succeeded',
      percentComplete: 100,
      outcome: 'WARNING',
      result: { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'DONE', domain: 'test' },
    })
    expect(poller.operationState).toMatchObject({ status: 'succeeded' })
    expect(operation.polls.at(-1)).toMatchObject({ status: 'Succeeded', retryAfterMs: 0 })
    for (const [index, { at, retryAfterMs }] of operation.polls.slice(0, -1).entries()) {
      expect(retryAfterMs).toBeGreaterThanOrEqual(1000)
      // Timers of Node.js may fire a millisecond early.
      expect(operation.polls[index + 1]!.at - at).toBeGreaterThan(retryAfterMs - 2)
    }
  })

  test('hears why a task failed', async () => {
    const operation = new CreatedOperation()
    const poller = follow(operation)
    const key = await keyOf(poller)
    const failed = expect(poller.pollUntilDone()).rejects.toThrow('The long-running operation has failed. INTERNAL. disk is gone')
    await operation.saw('NotStarted')
    await producer.fail({ ...key, error: { code: 13, message: 'disk is gone', details: [RESULT] } })
    await failed
    expect(poller.operationState).toMatchObject({ status: 'failed' })
  })

  test('hears of a cancel that somebody else asked for, once it is done', async () => {
    const operation = new CreatedOperation()
    const poller = follow(operation)
    const key = await keyOf(poller)
    const cancelled = expect(poller.pollUntilDone()).rejects.toThrow('Operation was canceled')
    await producer.start(key)
    await operation.saw('Running')
    await producer.cancel(key)
    await operation.saw('Canceling')
    expect(poller.isDone).toBe(false)
    await producer.acknowledgeCancel(key)
    await cancelled
    expect(poller.operationState).toMatchObject({ status: 'canceled' })
  })

  test('goes on in another process from what it has written down', async () => {
    const first = follow(new CreatedOperation())
    const key = await keyOf(first)
    await producer.start(key)
    await first.poll()
    const resumed = new CreatedOperation()
    const again = { sendPollRequest: resumed.sendPollRequest, sendInitialRequest: () => expect.fail('The task was created again') }
    const done = follow(again, await first.serialize()).pollUntilDone()
    await resumed.saw('Running')
    await producer.complete(key)
    expect(await done).toMatchObject({ id: key.taskId, status: 'Succeeded' })
  })

  test('that repeats a create follows the same task, also when that has failed meanwhile', async () => {
    const first = follow(new CreatedOperation({ path: `/openshift/v1/${INSTANCE}/tasks?requestId=again` }))
    const key = await keyOf(first)
    await producer.fail({ ...key, error: { code: 8, message: 'no room', details: [] } })
    const second = follow(new CreatedOperation({ path: `/openshift/v1/${INSTANCE}/tasks?requestId=again` }))
    expect(await keyOf(second)).toEqual(key)
    await expect(second.pollUntilDone()).rejects.toThrow('RESOURCE_EXHAUSTED. no room')
  })

  test('follows a job of the Service Engine to the same monitor', async () => {
    const poller = follow(new CreatedOperation({ path: '/v2.1/jobs', body: { tenant_id: INSTANCE, action: 'create' } }))
    const key = await keyOf(poller)
    await producer.start(key)
    await producer.complete({ ...key, response: RESULT })
    expect(await poller.pollUntilDone()).toMatchObject({ id: key.taskId, kind: 'create', status: 'Succeeded', result: { reason: 'DONE' } })
  })

  test('is told that a task is gone', async () => {
    const poller = follow(new CreatedOperation())
    const key = await keyOf(poller)
    await producer.delete(key)
    await expect(poller.pollUntilDone()).rejects.toMatchObject({ name: 'RestError', statusCode: 404, message: `Task ${key.taskId} was deleted by anonymous` })
    expect(poller.operationState).toMatchObject({ status: 'failed' })
  })
})
