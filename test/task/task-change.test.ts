// What each change makes of a task, and what UpdateTask may write.
import { describe, expect, test } from 'vitest'
import { Task, TaskResource } from '../../gen/openshift/v1/task.js'
import { FieldViolations } from '../../src/task/field-violations.js'
import type { TaskUpdate } from '../../src/task/task-change.js'
import { planWrite } from '../../src/task/write-plan.js'
import { readTaskPatch } from '../../src/task/task-patch.js'
import { outcome } from '../support/outcome.js'
import { change } from '../support/task-changes.js'

const AT = new Date('2026-01-01T00:00:00Z')
const STORED = Task.create({
  id: 't1',
  status: 'RUNNING',
  revision: 3n,
  etag: '"3"',
  summary: 'before',
  progressPercent: 10,
  labels: { env: 'prod', zone: 'z1' },
  resource: TaskResource.create({ id: 'r1', type: 'cluster' }),
  statusDetails: [{ type: '', title: 'before', detail: '' }],
})

function planned(update: TaskUpdate, stored: Task): Task {
  const time = { revision: 4n, at: AT }
  const context = { time, servedSince: new Date(0), hasLiveChildren: false, hasChildren: false }
  return planWrite(change('t1', update), { task: stored, leaseToken: '' }, context).record.task
}

function changed(update: TaskUpdate, stored = STORED): Task | string {
  return outcome(() => planned(update, stored))
}

function updated(task: Partial<Task>, mask?: string[]): Task | string {
  return outcome(() => {
    const violations = new FieldViolations()
    const patch = readTaskPatch(Task.create(task), mask, violations)
    violations.throwIfAny()
    return planned({ kind: 'update', token: '', patch }, STORED)
  })
}

describe('every change', () => {
  test('stamps the task', () => {
    expect(updated({ summary: 'after' })).toMatchObject({
      revision: 4n,
      etag: '"4"',
      modifiedAt: AT,
      modifiedBy: 'tester',
    })
  })
})

describe('complete', () => {
  const complete = { kind: 'complete' as const, token: '', response: undefined, statusDetails: [] }
  test.each([
    ['CLEAN', 100],
    ['WARNING', 100],
    ['PARTIAL', 10],
  ] as const)('%s: progress %i', (how, progressPercent) => {
    const end = { status: 'SUCCEEDED', outcome: how, progressPercent, endedAt: AT, statusDetails: STORED.statusDetails }
    expect(changed({ ...complete, outcome: how })).toMatchObject(end)
  })

  test('replaces the details when it has any', () => {
    const statusDetails = [{ type: '', title: 'after', detail: '' }]
    expect(changed({ ...complete, outcome: 'CLEAN', statusDetails })).toMatchObject({ statusDetails })
  })
})

test('fail keeps progress and carries the error', () => {
  const error = { code: 13, message: 'broken', details: [] }
  expect(changed({ kind: 'fail', token: '', error, statusDetails: [] })).toMatchObject({
    status: 'FAILED',
    error,
    progressPercent: 10,
    endedAt: AT,
  })
})

test('start takes the time', () => {
  expect(changed({ kind: 'start', owner: 'worker', token: '' }, { ...STORED, status: 'PENDING' })).toMatchObject({
    status: 'RUNNING',
    startedAt: AT,
  })
})

describe('update', () => {
  test.each<[string, Partial<Task>, string[] | undefined, Partial<Task> | string]>([
    ['what is set', { summary: 'after' }, undefined, { summary: 'after', progressPercent: 10 }],
    ['progress 0', { progressPercent: 0 }, undefined, { progressPercent: 0 }],
    ['nothing', {}, undefined, { summary: 'before', labels: STORED.labels }],
    ['an empty mask is none', { summary: 'after' }, [], { summary: 'after' }],
    ['a cleared field', {}, ['summary', 'progress_percent'], { summary: '', progressPercent: undefined }],
    ['all fields', { summary: 'after' }, ['*'], { summary: 'after', labels: {}, resource: undefined, statusDetails: [] }],
    ['all labels', { labels: { a: 'b' } }, ['labels'], { labels: { a: 'b' } }],
    ['one label', { labels: { env: 'test' } }, ['labels.env'], { labels: { env: 'test', zone: 'z1' } }],
    ['a label less', {}, ['labels.env'], { labels: { zone: 'z1' } }],
    ['a label with an inherited name', {}, ['labels.constructor'], { labels: STORED.labels }],
    ['a quoted label', { labels: { 'a.b/c': 'd' } }, ['labels.`a.b/c`'], { labels: { ...STORED.labels, 'a.b/c': 'd' } }],
    [
      'a field of the resource',
      { resource: TaskResource.create({ name: 'n' }) },
      ['resource.name'],
      { resource: TaskResource.create({ id: 'r1', type: 'cluster', name: 'n' }) },
    ],
    ['a cleared field of the resource', {}, ['resource.type'], { resource: TaskResource.create({ id: 'r1' }) }],
    ['a fixed field', { command: 'x' }, ['command'], 'INVALID_FIELD'],
    ['the status', {}, ['status'], 'INVALID_FIELD'],
    ['no field', {}, ['nothing'], 'INVALID_FIELD'],
    ['an inherited name', {}, ['resource.constructor'], 'INVALID_FIELD'],
    ['a bad value', { progressPercent: 200 }, undefined, 'INVALID_FIELD'],
    ['a bad value in the mask', { progressPercent: 200 }, ['progress_percent'], 'INVALID_FIELD'],
    ['a bad value beside the mask', { progressPercent: 200, summary: 'after' }, ['summary'], { summary: 'after', progressPercent: 10 }],
    ['a bad label in the mask', { labels: { env: 'x'.repeat(257) } }, ['labels.env'], 'INVALID_FIELD'],
    ['a bad label beside the mask', { labels: { '/': '', env: 'test' } }, ['labels.env'], { labels: { env: 'test', zone: 'z1' } }],
    ['a bad field of the resource in the mask', { resource: TaskResource.create({ uri: 'no uri' }) }, ['resource.uri'], 'INVALID_FIELD'],
    [
      'a bad field of the resource beside the mask',
      { resource: TaskResource.create({ uri: 'no uri', name: 'n' }) },
      ['resource.name'],
      { resource: TaskResource.create({ id: 'r1', type: 'cluster', name: 'n' }) },
    ],
    ['a path given twice', { summary: 'after' }, ['summary', 'summary'], { summary: 'after' }],
    [
      'a label too many',
      { labels: Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`k${index}`, ''])) },
      Array.from({ length: 63 }, (_, index) => `labels.k${index}`),
      'INVALID_FIELD',
    ],
  ])('%s', (_name, task, mask, expected) => {
    const result = updated(task, mask)
    if (typeof expected === 'string') expect(result).toBe(expected)
    else expect(result).toMatchObject(expected)
  })

  test('is refused once the task has ended', () => {
    const patch = { fields: {}, labels: {}, resource: {} }
    for (const status of ['SUCCEEDED', 'FAILED', 'CANCELLED'] as const) {
      expect(changed({ kind: 'update', token: '', patch }, { ...STORED, status })).toBe('STATUS_NOT_ALLOWED')
    }
  })
})
