// How calls end: by their handler, by their deadline, by their caller, by the stop of the server.
import { once, setMaxListeners } from 'node:events'
import { expect, test } from 'vitest'
import { apiMethod, waitMethod, type ApiUnaryMethod, type CallContext } from '../../src/api/api-method.js'
import type { CallObserver, CallRecord } from '../../src/api/call-observer.js'
import { Dispatcher } from '../../src/api/dispatcher.js'
import type { IncomingCall } from '../../src/api/incoming-call.js'
import { ANONYMOUS, anonymousAuthenticator } from '../../src/auth/anonymous.js'
import type { Authenticator, Credentials } from '../../src/auth/authenticator.js'
import { CALL_LIMITS } from '../../src/limits.js'
import { StatusError } from '../../src/base/status-error.js'
import { Grants, type Caller } from '../../src/task/caller.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import { NO_CREDENTIALS } from '../support/credentials.js'
import { smallerLimits } from '../support/smaller-limits.js'

/** Reads any request as an empty one. */
const NOTHING = { decode: () => ({}) }
const NEVER = new AbortController().signal
// All calls of a test share it.
setMaxListeners(0, NEVER)

/** A method that runs until its signal ends it, and the signals that it was given. */
function endless(name = 'GetTask'): { method: ApiUnaryMethod; signals: AbortSignal[] } {
  const signals: AbortSignal[] = []
  const handle = async ({ signal }: CallContext): Promise<Uint8Array> => {
    signals.push(signal)
    await once(signal, 'abort')
    return new Uint8Array()
  }
  const make = name === 'WaitTask' ? waitMethod : apiMethod
  const method = make(`openshift.v1.TaskService.${name}`, NOTHING, (_request, context) => handle(context))
  return { method, signals }
}

async function refusal(dispatcher: Dispatcher, method: ApiUnaryMethod, call: Partial<IncomingCall>): Promise<{ code: number; message: string }> {
  const incoming = { credentials: NO_CREDENTIALS, callId: 'call-1', signal: NEVER, deadline: Infinity, ...call }
  const run = async (): Promise<unknown> => dispatcher.run(method, new Uint8Array(), incoming)
  const error: unknown = await run().catch((thrown: unknown) => thrown)
  if (!(error instanceof StatusError)) throw new Error('Expected a StatusError')
  return { code: error.code, message: error.message }
}

const quiet = (): void => undefined

test('a call ends by its deadline, and its handler hears of it', async () => {
  const { method, signals } = endless()
  expect(await refusal(new Dispatcher(anonymousAuthenticator, quiet), method, { deadline: Date.now() + 20 })).toMatchObject({ code: 4 })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('who may not is denied; who finds no place, for too much is going on, is not', async () => {
  smallerLimits(CALL_LIMITS, { tenantRate: 1, tenantBurst: 1 })
  const vdc1 = 'vdc-1' as InstanceId
  const ended: CallRecord[] = []
  const observer: CallObserver = { begin: () => ({ within: (work) => work(), end: (record) => void ended.push(record) }) }
  const grants = new Grants([{ instances: [vdc1], roles: ['reader'] }])
  const caller = { name: 'alice', grants, expiresAt: Infinity }
  const dispatcher = new Dispatcher({ authenticate: () => Promise.resolve(caller) }, quiet, observer)
  const incoming = { credentials: NO_CREDENTIALS, callId: 'call-1', signal: NEVER, deadline: Infinity }
  const get = (instance: string): Promise<unknown> => {
    const access = { role: 'reader', instance } as const
    return dispatcher.perform({ name: 'test/Get', waits: false, writes: false, access }, incoming, () => Promise.resolve()).catch(() => undefined)
  }
  for (const instance of ['vdc-1', 'vdc-1', 'vdc-2']) await get(instance)
  expect(ended.map(({ instance, reason, isDenied }) => [instance, reason, isDenied])).toEqual([
    ['vdc-1', undefined, false],
    ['vdc-1', 'TOO_MANY_CALLS', false],
    ['vdc-2', 'INSTANCE_NOT_FOUND', true],
  ])
})

test('a call that waited to be known counts from then, not before those that came meanwhile', async () => {
  smallerLimits(CALL_LIMITS, { tenantRate: 1_000_000, tenantBurst: 1 })
  const known: ((caller: Caller) => void)[] = []
  const slow = { ...NO_CREDENTIALS }
  const authenticate: Authenticator['authenticate'] = (credentials) =>
    credentials === slow ? new Promise((resolve) => known.push(resolve)) : ANONYMOUS
  const dispatcher = new Dispatcher({ authenticate }, quiet)
  const get = (credentials: Credentials): Promise<string> => {
    const access = { role: 'reader', instance: 'vdc-1' } as const
    const incoming = { credentials, callId: 'call-1', signal: NEVER, deadline: Infinity }
    return dispatcher.perform({ name: 'test/Get', waits: false, writes: false, access }, incoming, () => Promise.resolve('done'))
  }
  const waiting = get(slow)
  expect(await get(NO_CREDENTIALS)).toBe('done')
  known[0]?.(ANONYMOUS)
  expect(await waiting).toBe('done')
})

test('nobody asks who makes a call that is over', async () => {
  const { method } = endless()
  const dispatcher = new Dispatcher({ authenticate: () => expect.fail('was asked') }, quiet)
  expect(await refusal(dispatcher, method, { deadline: Date.now() })).toMatchObject({ code: 4 })
})

test.each([
  ['a call that says nothing has the time of most', 'GetTask', Infinity, CALL_LIMITS.deadlineDefaultMs],
  ['one that waits has all there is', 'WaitTask', Infinity, CALL_LIMITS.deadlineMaxMs],
  ['the longest that can be asked for', 'GetTask', CALL_LIMITS.deadlineMaxMs, CALL_LIMITS.deadlineMaxMs],
  ['and no longer', 'GetTask', CALL_LIMITS.deadlineMaxMs + 1000, CALL_LIMITS.deadlineMaxMs],
])('%s', async (_name, method, askedMs, expectedMs) => {
  const make = method === 'WaitTask' ? waitMethod : apiMethod
  let deadline = 0
  const asked = make(`openshift.v1.TaskService.${method}`, NOTHING, (_request, context) => {
    deadline = context.deadline
    return Promise.resolve(new Uint8Array())
  })
  const now = Date.now()
  await new Dispatcher(anonymousAuthenticator, quiet).run(asked, new Uint8Array(), { credentials: NO_CREDENTIALS, callId: 'call-1', signal: NEVER, deadline: now + askedMs })
  expect(deadline - now).toBeGreaterThanOrEqual(expectedMs)
  expect(deadline - now).toBeLessThan(expectedMs + 900)
})

test.each(['GetTask', 'WaitTask', 'CancelTask'])('%s ends when its caller leaves', async (name) => {
  const { method, signals } = endless(name)
  const left = new AbortController()
  const ended = refusal(new Dispatcher(anonymousAuthenticator, quiet), method, { signal: left.signal })
  await expect.poll(() => signals).toHaveLength(1)
  left.abort()
  expect(await ended).toMatchObject({ code: 1 })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test.each(['WaitTask', 'CancelTask'])('%s is not begun for a caller that has left', async (name) => {
  const { method, signals } = endless(name)
  const call = { signal: AbortSignal.abort() }
  expect(await refusal(new Dispatcher(anonymousAuthenticator, quiet), method, call)).toMatchObject({ code: 1 })
  expect(signals).toHaveLength(0)
})

test('a stop waits for the calls that run and refuses those that come', async () => {
  const { method } = endless()
  const dispatcher = new Dispatcher(anonymousAuthenticator, quiet)
  const left = new AbortController()
  const running = refusal(dispatcher, method, { signal: left.signal })
  let isStopped = false
  const stopped = dispatcher.stop().then(() => (isStopped = true))
  expect(await refusal(dispatcher, method, {})).toMatchObject({ code: 14, message: 'The server is stopping; nothing was done' })
  expect(isStopped).toBe(false)
  left.abort()
  await Promise.all([running, stopped])
})

test('a fault is reported with its method, and tells its caller nothing', async () => {
  const reported: unknown[][] = []
  const fault = new Error('secret')
  const method = apiMethod('openshift.v1.TaskService.GetTask', NOTHING, () => Promise.reject(fault))
  const dispatcher = new Dispatcher(anonymousAuthenticator, (...report) => reported.push(report))
  expect(await refusal(dispatcher, method, {})).toEqual({ code: 13, message: 'Internal error' })
  expect(reported).toEqual([[fault, 'openshift.v1.TaskService/GetTask', 'call-1']])
})

/** A method of the contract whose handlers end once the test has said so. */
function held(name: string): { method: ApiUnaryMethod; release: () => void } {
  const service = name.startsWith('CreateTask') ? 'TaskProducerService' : 'TaskService'
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const handle = async (): Promise<Uint8Array> => {
    await released
    return new Uint8Array()
  }
  const make = name === 'WaitTask' ? waitMethod : apiMethod
  return { method: make(`openshift.v1.${service}.${name}`, NOTHING, handle), release }
}

test.each([
  ['GetTask', CALL_LIMITS.reads],
  ['CreateTask', CALL_LIMITS.writes],
] as const)('%s runs %i times at once, and not once more', async (name, limit) => {
  const { method, release } = held(name)
  const dispatcher = new Dispatcher(anonymousAuthenticator, quiet)
  const call = { credentials: NO_CREDENTIALS, callId: 'call-1', signal: NEVER, deadline: Infinity }
  const running = Array.from({ length: limit }, () => Promise.resolve(dispatcher.run(method, new Uint8Array(), call)))
  expect(await refusal(dispatcher, method, {})).toEqual({ code: 8, message: 'Too many calls at once; nothing was done' })
  const waiting = held('WaitTask')
  const wait = dispatcher.run(waiting.method, new Uint8Array(), call)
  waiting.release()
  await wait
  release()
  await Promise.all(running)
  await dispatcher.run(method, new Uint8Array(), call)
})

test('a call knows how much of what may run does', async () => {
  smallerLimits(CALL_LIMITS, { reads: 4, writes: 100 })
  const dispatcher = new Dispatcher(anonymousAuthenticator, quiet)
  const left = new AbortController()
  const loadOf = async (): Promise<number> => {
    const incoming = { credentials: NO_CREDENTIALS, callId: 'call-1', signal: NEVER, deadline: Infinity }
    const access = { role: 'reader', instance: undefined } as const
    return dispatcher.perform({ name: 'test/Get', waits: false, writes: false, access }, incoming, async (context) => {
      await Promise.resolve()
      return context.load
    })
  }
  const { method, signals } = endless()
  const running = [1, 2].map(() => refusal(dispatcher, method, { signal: left.signal }))
  await expect.poll(() => signals.length).toBe(2)
  expect(await loadOf()).toBe(0.75)
  left.abort()
  await Promise.all(running)
  await expect.poll(loadOf).toBe(0.25)
})
