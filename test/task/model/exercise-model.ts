// Runs random calls on a TaskService and on the model, and compares what comes of them. Any store can be behind the service.
import type { Soon } from '../../../src/base/soon.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lease, Task } from '../../../gen/openshift/v1/task.js'
import { ANONYMOUS } from '../../../src/auth/anonymous.js'
import { fromMilliseconds } from '../../../src/task/duration.js'
import type { InstanceId, TaskId } from '../../../src/task/identifiers.js'
import type { TaskChange } from '../../../src/task/task-change.js'
import { TaskError } from '../../../src/task/task-error.js'
import { TaskService } from '../../../src/task/task-service.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { TaskModel, TTL, type ModelTask, type Op, type Step, type Traits } from './task-model.js'

/** The store to try, and how to turn its clock; `now` and `advance` are undefined when it cannot be turned. */
export interface StoreOfModel {
  readonly store: TaskStore
  readonly clock: { readonly now: number; advance(ms: number): Promise<void> } | undefined
}

/** The same calls for every store: printed, and set by TASKPLANE_TEST_SEED. */
const SEED = Number(process.env['TASKPLANE_TEST_SEED'] ?? Date.now() % 2 ** 31)
const CALLER = { ...ANONYMOUS, name: 'model' }
const SIGNAL = new AbortController().signal

const OPS: readonly Op[] = [
  'get', 'events', 'start', 'start', 'start', 'renew', 'update', 'complete', 'fail', 'pause', 'resume', 'cancel', 'cancel',
  'acknowledgePause', 'acknowledgePause', 'acknowledgeCancel', 'delete',
]

const traits: fc.Arbitrary<Traits> = fc.record({
  cancelSupported: fc.boolean(),
  pauseSupported: fc.boolean(),
  attempts: fc.constantFrom(0, 1, 2),
  deadlineMs: fc.constantFrom(0, 0, 0, 3 * TTL),
  parent: fc.option(fc.nat(5), { nil: undefined, freq: 2 }),
})

const changing: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom(...OPS),
  task: fc.nat(5),
  token: fc.constantFrom('own', 'own', 'own', 'own', 'none', 'wrong'),
  etag: fc.constantFrom('none', 'none', 'none', 'current', 'stale'),
})

function steps(hasClock: boolean): fc.Arbitrary<Step>[] {
  const advance = fc.record({ op: fc.constant('advance'), ms: fc.constantFrom(1, 1000, TTL - 1, TTL, 2 * TTL, 300_000) })
  return [
    fc.record({ op: fc.constant('create'), traits }),
    changing,
    changing,
    changing,
    fc.record({ op: fc.constantFrom('list', 'look') }),
    ...(hasClock ? [advance] : []),
  ]
}

interface Real {
  readonly tasks: TaskService
  readonly instance: InstanceId
  readonly clock: StoreOfModel['clock']
}

/** Runs `runs` sequences of calls. */
export function exerciseModel(name: string, open: () => StoreOfModel | Promise<StoreOfModel>, runs: number): void {
  test(`${name} does what the model does, seed ${SEED}`, { timeout: 120_000 }, async () => {
    const { store, clock } = await open()
    const tasks = new TaskService({ store, now: () => new Date(clock?.now ?? Date.now()), report: (error) => expect.fail(String(error)) })
    let run = 0
    const commands = fc.commands(steps(clock !== undefined).map((arbitrary) => arbitrary.map((step) => new Call(step))), { maxCommands: 60, size: '+1' })
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const instance = `run-${(run += 1)}` as InstanceId
        await fc.asyncModelRun(() => ({ model: new TaskModel(clock?.now ?? Date.now()), real: { tasks, instance, clock } }), sequence)
      }),
      { seed: SEED, numRuns: runs },
    )
    await store.close()
  })
}

class Call implements fc.AsyncCommand<TaskModel, Real> {
  private readonly step: Step

  constructor(step: Step) {
    this.step = step
  }

  check(): boolean {
    return true
  }

  async run(model: TaskModel, real: Real): Promise<void> {
    const { step } = this
    switch (step.op) {
      case 'create':
        return create(model, real, step.traits)
      case 'advance':
        await real.clock?.advance(step.ms)
        model.advance(step.ms)
        return look(model, real)
      case 'list':
        return list(model, real)
      case 'look':
        return look(model, real)
      default:
        return changed(model, real, step)
    }
  }

  toString(): string {
    return JSON.stringify(this.step)
  }
}

async function create(model: TaskModel, { tasks, instance }: Real, made: Traits): Promise<void> {
  const parentTaskId = made.parent === undefined ? '' : (model.pick(made.parent)?.id ?? '')
  const { cancelSupported, pauseSupported } = made
  const deadline = made.deadlineMs === 0 ? undefined : new Date(model.now + made.deadlineMs)
  const task = Task.create({ command: 'c', parentTaskId, cancelSupported, pauseSupported, deadline })
  const lease = made.attempts === 0 ? undefined : Lease.create({ ttl: fromMilliseconds(TTL), maxAttempts: made.attempts })
  const actual = await outcomeOf(tasks.create(CALLER, instance, { kind: 'create', task, lease, request: undefined }))
  expect(actual.reason).toBe(model.create(made))
  const last = model.tasks.at(-1)
  if (actual.task === undefined || last === undefined) return
  last.id = actual.task.id
  expect(actual.task).toMatchObject({ status: 'PENDING', revision: last.revision })
}

async function changed(model: TaskModel, real: Real, step: Extract<Step, { task: number }>): Promise<void> {
  const { op } = step
  const task = model.pick(step.task)
  const key = { instance: real.instance, taskId: (task?.id ?? 'missing') as TaskId }
  const token = model.tokenOf(step, task)
  const isRead = op === 'get' || op === 'events'
  const etag = step.etag === 'none' || task === undefined ? '' : `"${step.etag === 'stale' ? 0n : task.revision}"`
  const isStale = etag === '"0"'
  if (op === 'events') {
    const reason = await real.tasks.events(key, { size: 100, token: '' }).then(
      ({ events }) => events.map(({ kind }) => kind).join(),
      (error: unknown) => (error as TaskError).reason,
    )
    expect(reason).toBe(task === undefined ? 'TASK_NOT_FOUND' : task.events.join())
    return
  }
  const call = isRead ? real.tasks.get(key) : real.tasks.change(CALLER, key, { change: changeOf(op, token), etag })
  const actual = await outcomeOf(call)
  expect(`${op}: ${actual.reason}`).toBe(`${op}: ${model.change(op, task, { token, isStale })}`)
  if (task !== undefined) await compare(real, task)
}

function changeOf(op: Op, token: string): Exclude<TaskChange['change'], { kind: 'create' }> {
  switch (op) {
    case 'start':
      return { kind: 'start', owner: 'owner', token }
    case 'update':
      return { kind: 'update', token, patch: { fields: { summary: 's' }, labels: {}, resource: {} } }
    case 'complete':
      return { kind: 'complete', token, response: undefined, outcome: 'CLEAN', statusDetails: [] }
    case 'fail':
      return { kind: 'fail', token, error: { code: 2, message: 'm', details: [] }, statusDetails: [] }
    case 'cancel':
    case 'pause':
    case 'resume':
      return { kind: op, reason: '' }
    case 'delete':
      return { kind: 'delete' }
    case 'renew':
    case 'acknowledgePause':
    case 'acknowledgeCancel':
      return { kind: op, token }
    default:
      throw new Error(`${op} changes nothing`)
  }
}

async function look(model: TaskModel, real: Real): Promise<void> {
  for (const task of model.tasks) await compare(real, task)
}

async function compare({ tasks, instance }: Real, model: ModelTask): Promise<void> {
  const { task, reason } = await outcomeOf(tasks.get({ instance, taskId: model.id as TaskId }))
  if (model.status === 'DELETED') expect(reason).toBe('TASK_DELETED')
  else {
    const { status, revision, lease } = task ?? Task.create()
    const expiresAt = lease?.expiresAt?.getTime()
    expect({ status, revision }).toEqual({ status: model.status, revision: model.revision })
    if (model.expiresAt === undefined) expect(expiresAt).toBeUndefined()
    else expect([lease?.owner, lease?.attempt]).toEqual([model.token === '' ? '' : 'owner', model.attempt])
  }
}

async function list(model: TaskModel, { tasks, instance }: Real): Promise<void> {
  const order = { field: 'modified_at', descending: true } as const
  const page = await tasks.list({ instance, filter: '', order, pageSize: 100, pageToken: '' }, SIGNAL)
  const there = model.tasks.filter(({ status }) => status !== 'DELETED').toSorted((a, b) => Number(b.revision - a.revision))
  expect(page.revision).toBe(model.revision)
  expect(page.tasks.map((encoded) => Task.decode(encoded)).map(({ id, status, revision }) => [id, status, revision])).toEqual(
    there.map(({ id, status, revision }) => [id, status, revision]),
  )
  await count(there, { tasks, instance })
}

/** The numbers that are kept are those that counting gives. */
async function count(there: readonly { readonly status: string; readonly parent: unknown }[], { tasks, instance }: Pick<Real, 'tasks' | 'instance'>): Promise<void> {
  const { byStatus, total, roots } = await tasks.counts(instance)
  expect({ total, roots }).toEqual({ total: there.length, roots: there.filter(({ parent }) => parent === undefined).length })
  for (const [status, number] of Object.entries(byStatus)) expect(number).toBe(there.filter((task) => task.status === status).length)
}

async function outcomeOf(work: Soon<{ readonly encoded: Uint8Array }>): Promise<{ reason: string; task: Task | undefined }> {
  try {
    return { reason: 'OK', task: Task.decode((await work).encoded) }
  } catch (error) {
    if (!(error instanceof TaskError)) throw error
    return { reason: error.reason, task: undefined }
  }
}
