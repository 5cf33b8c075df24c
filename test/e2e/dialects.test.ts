// One task in every dialect: along every path of its life, each face tells the same story at the same revision.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { LeasePolicy } from '../../gen/openshift/v1/task_producer_service.js'
import { StatusDetail, Task } from '../../gen/openshift/v1/task.js'
import { packAny } from '../../src/base/any.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import { movesOf } from '../../src/task/lifecycle.js'
import { openClockedSqlite } from '../support/clocked-store.js'
import { FACES, type Story } from '../support/faces.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { ask, create, start } from '../support/task-changes.js'
import { suiteDirectory } from '../support/temporary-directory.js'

/** Astra's accounts are UUIDs. */
const INSTANCE = '11111111-2222-4333-8444-555555555555'
/** Long enough to read every face before. */
const LEASE_MS = 9000
const DEADLINE_MS = 9000

const directory = suiteDirectory()
let server: ServerProcess
let client: TaskplaneClient

beforeAll(async () => {
  await recordLongAgo(join(directory(), 'tasks.db'))
  server = await startServer(directory())
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  client.close()
  expect(await server.stop()).toBe(0)
})

/** Tasks whose producer was asked for something, and whose time to answer is long over when the server starts. */
const FORGOTTEN = { cancel: '99999999-0000-4000-8000-000000000001', pause: '99999999-0000-4000-8000-000000000002' } as const

async function recordLongAgo(path: string): Promise<void> {
  const store = openClockedSqlite(path)
  const instance = { instance: INSTANCE as InstanceId }
  for (const kind of ['cancel', 'pause'] as const) {
    const id = FORGOTTEN[kind]
    await store.write(create(id, { cancelSupported: true, pauseSupported: true }, instance))
    await store.write(start(id, instance))
    await store.write(ask(kind, id, instance))
  }
  await store.close()
}

/** A task on its way: where it is, and the proof of who works on it. */
interface Walker {
  readonly key: { readonly serviceInstanceId: string; readonly taskId: string }
  leaseToken: string
}

/** What happens to a task, and the task after it as far as all faces speak of it. */
interface Step {
  /** An action of the lifecycle, or what else it is. */
  readonly name: string
  readonly act: (walker: Walker) => Promise<unknown>
  readonly expected: Partial<Task>
}

function step(name: string, act: Step['act'], expected: Partial<Task>): Step {
  return { name, act, expected }
}

const RESULT = packAny(ErrorInfo, { reason: 'DONE', domain: 'test' })
const CAUSE = packAny(ErrorInfo, { reason: 'DISK_GONE', domain: 'test' })

const BEGIN = step('start', async (walker) => {
  const { leaseToken } = await client.startWithLease(walker.key)
  walker.leaseToken = leaseToken
}, { status: 'RUNNING' })
const PROGRESS = step('progress', ({ key }) => client.update({ ...key, task: Task.create({ progressPercent: 40 }) }), { progressPercent: 40 })
const PAUSE = step('pause', ({ key }) => client.pause(key), { status: 'PAUSING' })
const STAND = step('acknowledgePause', ({ key }) => client.acknowledgePause(key), { status: 'PAUSED' })
const GO_ON = step('resume', ({ key }) => client.resume(key), { status: 'RUNNING' })
const CANCEL = step('cancel', ({ key }) => client.cancel(key), { status: 'CANCELLING' })
const CANCEL_AT_ONCE = step('cancel', ({ key }) => client.cancel(key), { status: 'CANCELLED', endReason: 'USER_CANCEL' })
const STOP = step('acknowledgeCancel', ({ key }) => client.acknowledgeCancel(key), { status: 'CANCELLED', endReason: 'USER_CANCEL' })
const CLEAN = step('complete', ({ key, leaseToken }) => client.complete({ ...key, leaseToken, response: RESULT }), {
  status: 'SUCCEEDED',
  outcome: 'CLEAN',
  progressPercent: 100,
})
const WARNING = step('complete', ({ key }) => client.complete({ ...key, outcome: 'WARNING' }), {
  status: 'SUCCEEDED',
  outcome: 'WARNING',
  progressPercent: 100,
})
const LEFT_OUT = StatusDetail.create({ title: 'one node is missing', detail: 'It did not answer' })
const PARTIAL = step('complete', ({ key }) => client.complete({ ...key, outcome: 'PARTIAL', statusDetails: [LEFT_OUT] }), {
  status: 'SUCCEEDED',
  outcome: 'PARTIAL',
})
const FAIL = step('fail', ({ key }) => client.fail({ ...key, error: { code: 13, message: 'disk is gone', details: [CAUSE] } }), {
  status: 'FAILED',
  endReason: 'PRODUCER_FAILED',
})

/** What time does. */
function past(name: string, expected: Partial<Task>): Step {
  return step(name, ({ key }) => expect.poll(() => client.get(key), { timeout: 20_000, interval: 100 }).toMatchObject(expected), expected)
}

const ANY = { cancelSupported: true, pauseSupported: true } as const
const PATHS: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  ['cancelled before it began', [CANCEL_AT_ONCE]],
  ['failed before it began', [FAIL]],
  ['paused, resumed, done', [BEGIN, PROGRESS, PAUSE, STAND, GO_ON, CLEAN]],
  ['a pause taken back, done with a warning', [BEGIN, PAUSE, GO_ON, WARNING]],
  ['a pause that came too late, done in part', [BEGIN, PROGRESS, PAUSE, PARTIAL]],
  ['failed on its way to a pause', [BEGIN, PAUSE, FAIL]],
  ['cancelled on its way to a pause', [BEGIN, PAUSE, CANCEL, STOP]],
  ['cancelled in a pause', [BEGIN, PAUSE, STAND, CANCEL, STOP]],
  ['given up by its producer in a pause', [BEGIN, PAUSE, STAND, STOP]],
  ['failed in a pause', [BEGIN, PAUSE, STAND, FAIL]],
  ['done', [BEGIN, CLEAN]],
  ['failed', [BEGIN, PROGRESS, FAIL]],
  ['cancelled', [BEGIN, PROGRESS, CANCEL, STOP]],
  ['a cancel that lost against the end', [BEGIN, CANCEL, CLEAN]],
  ['a cancel that lost against a failure', [BEGIN, CANCEL, FAIL]],
]

/** Walks a task through `steps`; after each, every face is read. */
async function walk(walker: Walker, before: Partial<Task>, steps: readonly Step[]): Promise<void> {
  let expected = before
  await tellOneStory(walker.key, expected)
  for (const { act, expected: change } of steps) {
    await act(walker)
    expected = { ...expected, ...change }
    await tellOneStory(walker.key, expected)
  }
}

async function tellOneStory(key: Walker['key'], expected: Partial<Task>): Promise<void> {
  const task = await client.get(key)
  expect(task).toMatchObject(expected)
  const answers = await Promise.all(FACES.map((face) => read(face.path(task))))
  for (const [index, face] of FACES.entries()) expect(face.story(answers[index]!), face.name).toEqual(face.expected(task))
  // Nothing was written in between: all of them have spoken of one revision.
  expect(await client.get(key)).toEqual(task)
}

async function read(path: string): Promise<Story> {
  const response = await fetch(`${server.url}${path}`)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as Story
}

async function walkNew(steps: readonly Step[], task: Partial<Task> = {}, leasePolicy?: LeasePolicy): Promise<void> {
  const filled = Task.create({ command: 'cluster.create', ...ANY, ...task })
  const { id } = await client.create({ serviceInstanceId: INSTANCE, task: filled, ...(leasePolicy && { leasePolicy }) })
  await walk({ key: { serviceInstanceId: INSTANCE, taskId: id }, leaseToken: '' }, { status: 'PENDING' }, steps)
}

describe.concurrent('a task', () => {
  test.each(PATHS)('%s', (_name, steps) => walkNew(steps))

  test('whose deadline passes', () => {
    const deadline = new Date(Date.now() + DEADLINE_MS)
    return walkNew([past('the deadline', { status: 'FAILED', endReason: 'DEADLINE' })], { deadline })
  })

  test('whose deadline passes while it runs', () => {
    const deadline = new Date(Date.now() + DEADLINE_MS)
    return walkNew([BEGIN, PROGRESS, past('the deadline', { status: 'FAILED', endReason: 'DEADLINE' })], { deadline })
  })

  const lease = (maxAttempts: number): LeasePolicy => LeasePolicy.create({ ttl: { seconds: BigInt(LEASE_MS / 1000), nanos: 0 }, maxAttempts })
  const NOBODY = past('the lease', { status: 'RUNNING', lease: expect.objectContaining({ owner: '', attempt: 1 }) as never })

  test('whose owner is lost', () => walkNew([BEGIN, past('the lease', { status: 'FAILED', endReason: 'OWNER_LOST' })], {}, lease(1)))

  test('that another owner takes over', () => {
    const taken = { ...BEGIN, expected: { lease: expect.objectContaining({ attempt: 2 }) as never } }
    const done = { ...CLEAN, expected: { ...CLEAN.expected, lease: undefined } }
    return walkNew([BEGIN, NOBODY, taken, done], {}, lease(2))
  })

  test('that is cancelled while it waits for its next owner', () => {
    const unowned = { ...CANCEL_AT_ONCE, expected: { ...CANCEL_AT_ONCE.expected, lease: undefined } }
    return walkNew([BEGIN, NOBODY, unowned], {}, lease(2))
  })

  test('whose producer never answered a cancel', () => {
    const walker = { key: { serviceInstanceId: INSTANCE, taskId: FORGOTTEN.cancel }, leaseToken: '' }
    return past('the answer', { status: 'FAILED', endReason: 'ABANDONED' }).act(walker).then(() => walk(walker, { status: 'FAILED' }, []))
  })

  test('whose producer never answered a pause', () => {
    const walker = { key: { serviceInstanceId: INSTANCE, taskId: FORGOTTEN.pause }, leaseToken: '' }
    return past('the answer', { status: 'RUNNING' }).act(walker).then(() => walk(walker, { status: 'RUNNING' }, [WARNING]))
  })

  test('that is cancelled with what it is a part of', async () => {
    const parent = await client.create({ serviceInstanceId: INSTANCE, task: Task.create({ command: 'whole', ...ANY }) })
    const whole = { serviceInstanceId: INSTANCE, taskId: parent.id }
    const cancelled = step('cancel the whole', () => client.cancel(whole), { status: 'CANCELLED', endReason: 'USER_CANCEL' })
    await walkNew([cancelled], { parentTaskId: parent.id })
  })
})

test('the paths go every way that a task can go', () => {
  const statuses = ['PENDING', 'RUNNING', 'PAUSING', 'PAUSED', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
  const moves = statuses.flatMap((status) => Object.keys(movesOf(status)).map((action) => `${status} ${action}`))
  const walked = new Set(PATHS.flatMap(([, steps]) => movesAlong(steps)))
  expect(moves.filter((move) => !walked.has(move))).toEqual([])
})

function movesAlong(steps: readonly Step[]): string[] {
  let status: Task['status'] = 'PENDING'
  return steps.map(({ name, expected }) => {
    const move = `${status} ${name}`
    status = expected.status ?? status
    return move
  })
}
