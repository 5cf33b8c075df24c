import { describe, expect, test } from 'vitest'
import { Task, StatusDetail, TaskResource } from '../../gen/openshift/v1/task.js'
import { FieldViolations } from '../../src/task/field-violations.js'
import { hashNewTask, readNewTask } from '../../src/task/new-task.js'
import { TaskError } from '../../src/task/task-error.js'
import { thrownBy } from '../support/outcome.js'

const NOW = new Date('2026-01-01T00:00:00Z')

/** The fields that are refused, or none. */
function refusedFields(task: Partial<Task> | undefined): string[] {
  const violations = new FieldViolations()
  readNewTask(task && Task.create({ command: 'cluster.create', ...task }), NOW, violations)
  try {
    violations.throwIfAny()
    return []
  } catch (error) {
    return error instanceof TaskError ? (error.details.fieldViolations ?? []).map(({ field }) => field) : [String(error)]
  }
}

const any = (length: number, typeUrl = 'type.googleapis.com/a.B'): Task['metadata'] => ({ typeUrl, value: Buffer.alloc(length) })
const days = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000)
const labels = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
const details = (count: number): StatusDetail[] => Array.from({ length: count }, () => StatusDetail.create({ title: 't' }))
const resource = (part: Partial<TaskResource>): Partial<Task> => ({ resource: TaskResource.create(part) })

describe('each field at its limit, and beyond', () => {
  test.each<[string, Partial<Task> | undefined, Partial<Task> | undefined, string]>([
    ['task', {}, undefined, 'task'],
    ['command', { command: 'c' }, { command: '' }, 'task.command'],
    ['command length', { command: 'c'.repeat(128) }, { command: 'c'.repeat(129) }, 'task.command'],
    ['command characters', { command: 'aZ0._~-' }, { command: 'a b' }, 'task.command'],
    ['created_by', { createdBy: 'é'.repeat(128) }, { createdBy: 'é'.repeat(129) }, 'task.created_by'],
    ['summary', { summary: '😀'.repeat(127) }, { summary: 'x'.repeat(128) }, 'task.summary'],
    ['description', { description: 'x'.repeat(511) }, { description: 'x'.repeat(512) }, 'task.description'],
    ['service', { service: '' }, { service: 'a/b' }, 'task.service'],
    ['metadata size', { metadata: any(65_536 - 23) }, { metadata: any(65_536) }, 'task.metadata'],
    ['metadata type', { metadata: any(1, 'host/path/a.b.C') }, { metadata: any(1, 'a.b.C') }, 'task.metadata.type_url'],
    ['metadata without type', { metadata: any(0) }, { metadata: any(1, '') }, 'task.metadata.type_url'],
    ['progress at most', { progressPercent: 100 }, { progressPercent: 101 }, 'task.progress_percent'],
    ['progress at least', { progressPercent: 0 }, { progressPercent: -1 }, 'task.progress_percent'],
    ['labels', { labels: labels(64) }, { labels: labels(65) }, 'task.labels'],
    ['label key', { labels: { ['k'.repeat(63)]: '' } }, { labels: { ['k'.repeat(64)]: '' } }, 'task.labels'],
    ['label key characters', { labels: { 'a.b/c_d-e': '' } }, { labels: { 'a b': '' } }, 'task.labels'],
    ['label key ends', { labels: { a: '' } }, { labels: { '-a': '' } }, 'task.labels'],
    ['label value', { labels: { k: 'v'.repeat(256) } }, { labels: { k: 'v'.repeat(257) } }, 'task.labels.k'],
    ['details', { statusDetails: details(32) }, { statusDetails: details(33) }, 'task.status_details'],
    [
      'detail title',
      { statusDetails: [StatusDetail.create({ title: 'x'.repeat(40) })] },
      { statusDetails: [StatusDetail.create({ title: 'x'.repeat(41) })] },
      'task.status_details[0].title',
    ],
    [
      'detail without title',
      { statusDetails: details(1) },
      { statusDetails: [StatusDetail.create({ detail: 'x' })] },
      'task.status_details[0].title',
    ],
    ['deadline', { deadline: new Date(NOW.getTime() + 1) }, { deadline: NOW }, 'task.deadline'],
    ['deadline ahead', { deadline: days(366) }, { deadline: days(367) }, 'task.deadline'],
    ['parent', { parentTaskId: 'a-1' }, { parentTaskId: 'a/1' }, 'task.parent_task_id'],
    ['resource id', resource({ id: 'r1' }), resource({ id: 'r 1' }), 'task.resource.id'],
    ['resource name', resource({ name: 'x'.repeat(127) }), resource({ name: 'x'.repeat(128) }), 'task.resource.name'],
    ['resource uri', resource({ uri: '/a/b?c=d' }), resource({ uri: 'a/b' }), 'task.resource.uri'],
    ['resource uri length', resource({ uri: `/${'x'.repeat(2047)}` }), resource({ uri: `/${'x'.repeat(2048)}` }), 'task.resource.uri'],
    [
      'resource collections',
      resource({ collectionUris: Array<string>(8).fill('https://example.com/c') }),
      resource({ collectionUris: Array<string>(9).fill('/c') }),
      'task.resource.collection_uris',
    ],
    ['resource collection', resource({ collectionUris: ['/c'] }), resource({ collectionUris: ['c'] }), 'task.resource.collection_uris[0]'],
  ])('%s', (_name, good, bad, field) => {
    expect(refusedFields(good)).toEqual([])
    expect(refusedFields(bad)).toEqual([field])
  })

  test('all at once, when many are wrong', () => {
    expect(refusedFields({ command: '', progressPercent: 101, summary: 'x'.repeat(200) })).toEqual([
      'task.command',
      'task.summary',
      'task.progress_percent',
    ])
    const violations = new FieldViolations()
    readNewTask(Task.create({ progressPercent: 101 }), NOW, violations)
    expect(thrownBy(() => violations.throwIfAny())).toMatchObject({
      message: 'task.command: is required; expected 1 to 128 characters of [A-Za-z0-9._~-] (and 1 more)',
    })
  })
})

function hashOf(task: Task): string {
  return Buffer.from(hashNewTask(readNewTask(task, NOW, new FieldViolations()), undefined)).toString('hex')
}

test('what the server decides is ignored', () => {
  const given = Task.create({ command: 'c', id: 'mine', status: 'SUCCEEDED', revision: 9n, etag: 'x', endedAt: new Date() })
  expect(hashOf(given)).toEqual(
    hashOf(Task.create({ command: 'c' })),
  )
})

test('the hash sees every field, and no order of labels', () => {
  const hash = (task: Partial<Task>): string =>
    hashOf(Task.create({ command: 'c', ...task }))
  expect(hash({ labels: { a: '1', b: '2' } })).toBe(hash({ labels: { b: '2', a: '1' } }))
  const different: Partial<Task>[] = [
    {},
    { command: 'd' },
    { createdBy: 'x' },
    { summary: 'x' },
    { description: 'x' },
    { service: 'x' },
    { metadata: any(1) },
    { metadata: any(2) },
    resource({ id: 'x' }),
    { progressPercent: 0 },
    { statusDetails: details(1) },
    { labels: { a: '1' } },
    { parentTaskId: 'x' },
    { orderHint: 1 },
    { cancelSupported: true },
    { pauseSupported: true },
    { progressFromChildren: true },
    { deadline: new Date(NOW.getTime() + 1) },
  ]
  expect(new Set(different.map(hash)).size).toBe(different.length)
})
