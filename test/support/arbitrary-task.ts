// Tasks as a store can hold them: what producers may record, taken through a life by the rules of the domain.
import fc from 'fast-check'
import { Lease, Task } from '../../gen/openshift/v1/task.js'
import { FAMILY_LIMITS, LEASE_LIMITS, TASK_LIMITS } from '../../src/limits.js'
import { fromMilliseconds } from '../../src/task/duration.js'
import type { InstanceId, TaskId } from '../../src/task/identifiers.js'
import type { NewTask } from '../../src/task/new-task.js'
import type { TaskChange, TaskRecord } from '../../src/task/task-change.js'
import { TaskError } from '../../src/task/task-error.js'
import { planWrite } from '../../src/task/write-plan.js'

const TOKEN = 'token-of-a-property'
const WORD_CHARACTERS = 'ABYZabcxyz0189._~-'.split('')
const URI_CHARACTERS = 'abcXYZ0189/:?#[]@!$&()*+,;=%._~-é'.split('')

const uuid = fc.uuid({ version: [4, 5] })
const instant = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9000-01-01T00:00:00Z'), noInvalidDate: true })
const optionalWord = fc.oneof(fc.constant(''), uuid, word('cluster.create', 'backup', '...', '9'))
const uri = fc.oneof(
  fc.constantFrom('', '/', 'a:'),
  fc
    .string({ unit: fc.constantFrom(...URI_CHARACTERS), maxLength: TASK_LIMITS.uriLength - 1, size: 'max' })
    .map((rest) => `/${rest}`),
)
const actor = fc.oneof(fc.constantFrom('', 'anonymous', 'ada@example.com'), uuid, text(TASK_LIMITS.actorBytes / 4))
const payload = fc.record({
  typeUrl: fc.constantFrom('type.googleapis.com/google.protobuf.Struct', 'example.com/Unknown'),
  value: fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
})
const statusDetails = fc.array(
  fc.record({
    type: text(TASK_LIMITS.statusDetailTypeLength),
    title: text(TASK_LIMITS.statusDetailTitleLength, 1),
    detail: text(TASK_LIMITS.statusDetailDetailLength),
  }),
  { maxLength: TASK_LIMITS.statusDetails },
)
const error = fc.record({
  code: fc.integer({ min: 1, max: 16 }),
  message: text(TASK_LIMITS.errorMessageLength, 1),
  details: fc.array(payload, { maxLength: 2 }),
})

/** Tasks of the instances that `instance` gives. Shrinks towards a task that was only recorded, with nothing but a command. */
export function arbitraryTask(instance: fc.Arbitrary<string> = uuid): fc.Arbitrary<Task> {
  return fc
    .record({
      id: fc.uuid({ version: 4 }),
      instance,
      actor,
      at: instant,
      task: arbitraryNewTask(),
      leased: fc.boolean(),
      changes: fc.array(fc.tuple(arbitraryChange(), fc.nat({ max: LEASE_LIMITS.ttlMaxMs })), { maxLength: 8 }),
    })
    .map(({ id, instance, actor, at, task, leased, changes }) => {
      const lease = leased ? Lease.create({ ttl: fromMilliseconds(LEASE_LIMITS.ttlMinMs), maxAttempts: 2 }) : undefined
      const deadline = task.deadline && new Date(at.getTime() + task.deadline.getTime())
      const life = new Life({ instance: instance as InstanceId, taskId: id as TaskId, actor, etag: '' }, at)
      life.change({ kind: 'create', task: { ...task, deadline }, lease, request: undefined }, 0)
      for (const [change, ms] of changes) life.change('token' in change && !leased ? { ...change, token: '' } : change, ms)
      return life.task
    })
}

/** Applies changes to one task, as the writer of a store does; what the rules refuse leaves it as it is. */
class Life {
  private readonly key: Omit<TaskChange, 'change'>
  private record: TaskRecord | undefined
  private revision = 0n
  private at: Date

  constructor(key: Omit<TaskChange, 'change'>, at: Date) {
    this.key = key
    this.at = at
  }

  get task(): Task {
    if (this.record === undefined) throw new Error('A life begins with its creation')
    // As readers get it: through its bytes.
    return Task.decode(Task.encode(this.record.task).finish())
  }

  change(change: TaskChange['change'], msLater: number): void {
    this.at = new Date(this.at.getTime() + msLater)
    this.revision += 1n
    const time = { revision: this.revision, at: this.at }
    try {
      const facts = { time, servedSince: new Date(0), hasLiveChildren: false, hasChildren: false }
      this.record = planWrite({ ...this.key, change }, this.record, facts).record
    } catch (thrown) {
      if (!(thrown instanceof TaskError)) throw thrown
    }
  }
}

/** What a producer may say of a new task; `deadline` counts from its creation. */
function arbitraryNewTask(): fc.Arbitrary<NewTask> {
  return fc
    .record({
      command: fc.oneof(word('cluster.create', 'backup'), fc.constantFrom('~', '..', '7', 'Cluster-Create_2')),
      createdBy: actor,
      summary: fc.oneof(fc.constantFrom('', 'a', ' ', 'Backup'), text(TASK_LIMITS.summaryLength)),
      description: fc.oneof(fc.constant(''), text(TASK_LIMITS.descriptionLength)),
      service: optionalWord,
      metadata: fc.option(payload, { nil: undefined }),
      resource: fc.option(
        fc.record({
          id: optionalWord,
          uri,
          collectionUris: fc.array(uri, { maxLength: 3 }),
          type: optionalWord,
          name: text(TASK_LIMITS.resourceNameLength),
        }),
        { nil: undefined },
      ),
      progressPercent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      statusDetails,
      labels: fc.dictionary(
        fc.constantFrom('env', 'team/owner', 'a', 'constructor', 'Z.9'),
        fc.oneof(fc.constant(''), text(TASK_LIMITS.labelValueBytes / 4)),
      ),
      parentTaskId: fc.oneof(fc.constant(''), fc.uuid({ version: 4 })),
      orderHint: fc.integer(),
      cancelSupported: fc.boolean(),
      pauseSupported: fc.boolean(),
      deadline: fc.option(
        fc.integer({ min: 1, max: FAMILY_LIMITS.deadlineMs }).map((ms) => new Date(ms)),
        { nil: undefined },
      ),
      progressFromChildren: fc.boolean(),
    })
    .map((task) => Task.create(task))
}

function arbitraryChange(): fc.Arbitrary<TaskChange['change']> {
  const token = TOKEN
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant({ kind: 'start', owner: 'worker', token } as const) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'cancel'), reason: text(20) }) },
    { weight: 3, arbitrary: fc.constantFrom({ kind: 'acknowledgePause', token } as const, { kind: 'acknowledgeCancel', token } as const) },
    fc.constant({ kind: 'due' } as const),
    fc.record({
      kind: fc.constant('complete' as const),
      token: fc.constant(token),
      response: fc.option(payload, { nil: undefined }),
      outcome: fc.constantFrom('CLEAN', 'WARNING', 'PARTIAL'),
      statusDetails,
    }),
    fc.record({ kind: fc.constant('fail' as const), token: fc.constant(token), error, statusDetails }),
  )
}

function word(...samples: readonly string[]): fc.Arbitrary<string> {
  const any = fc.string({ unit: fc.constantFrom(...WORD_CHARACTERS), minLength: 1, maxLength: TASK_LIMITS.idLength, size: 'max' })
  return fc.oneof(fc.constantFrom(...samples), any)
}

/** Any Unicode text of `min` to `max` code points. */
function text(max: number, min = 0): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', minLength: min, maxLength: max, size: 'max' })
}
