// A task as a resource of Astra: the examples of the documents, the rules beyond them, and the schema for any task there is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Task } from '../../../gen/openshift/v1/task.js'
import { astraTask } from '../../../src/http/astra/task-fields.js'
import { arbitraryTask } from '../../support/arbitrary-task.js'
import { faultsOfTask } from './astra-schema.js'
import { ACCOUNT, BACKUP, BACKUP_BODY, PREPARATION, PREPARATION_BODY } from './examples.js'

const ZEROS = '00000000-0000-0000-0000-000000000000'
const UUID_V5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test.each([
  ['a running task with a parent', PREPARATION, PREPARATION_BODY],
  ['a completed task', BACKUP, BACKUP_BODY],
] as const)('the example of %s is produced, field for field', (_what, task, body) => {
  expect(astraTask(task)).toEqual(body)
  expect(faultsOfTask(body)).toEqual([])
})

test('the example of a single task is produced: its own id, times and snapshot', () => {
  const uri = `/accounts/${ACCOUNT}/k8s/v1/apps/7c8bef49-697e-4fb4-810c-675cef4cf6c9/appSnaps/2b6dafc3-2172-4431-a482-6306b2703130`
  const task = {
    ...PREPARATION,
    id: '26e8e8ef-5549-5928-98dd-2c3d43a608e8',
    resource: { ...PREPARATION.resource!, uri },
    endedAt: new Date('2020-08-06T12:26:52.256Z'),
    createdAt: new Date('2022-10-06T20:58:16.305Z'),
    modifiedAt: new Date('2022-10-06T20:58:16.305Z'),
  }
  expect(astraTask(task)).toEqual({
    ...PREPARATION_BODY,
    id: '26e8e8ef-5549-5928-98dd-2c3d43a608e8',
    resourceURI: uri,
    endTime: '2020-08-06T12:26:52.256Z',
    metadata: {
      ...PREPARATION_BODY.metadata,
      creationTimestamp: '2022-10-06T20:58:16.305Z',
      modificationTimestamp: '2022-10-06T20:58:16.305Z',
    },
  })
})

test('any task there can be is within the documented form and bounds', () => {
  fc.assert(
    fc.property(arbitraryTask(), (task) => {
      const body: unknown = JSON.parse(JSON.stringify(astraTask(task)))
      expect(faultsOfTask(body)).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['cluster.create', 'cluster.create'],
  ['Cluster-Create_2', 'cluster.create'],
  ['k8s.upgrade~v2', 'ks.upgrade.v'],
  ['..a..b..', 'a.b'],
  ['7', 'task'],
  ['x', 'task.x'],
  ['ab', 'task.ab'],
  [`${'a'.repeat(126)}.b`, 'a'.repeat(126)],
  ['a'.repeat(128), 'a'.repeat(127)],
])('the name of %s is %s', (command, name) => {
  expect(astraTask({ ...BACKUP, command }).name).toBe(name)
})

test.each([
  ['', '', 'cluster.create', 'cluster.create'],
  ['ab', '', 'cluster.create', 'cluster.create'],
  ['  ', 'why', 'cluster.create', 'why'],
  ['Backup', '', 'Backup', 'Backup'],
  ['s'.repeat(64), '', `${'s'.repeat(62)}…`, `${'s'.repeat(62)}…`],
  ['💾'.repeat(63), '💾'.repeat(511), '💾'.repeat(63), '💾'.repeat(511)],
  ['💾'.repeat(64), '', `${'💾'.repeat(62)}…`, `${'💾'.repeat(62)}…`],
])('summary %j and description %j become %j and %j', (summary, description, shown, described) => {
  expect(astraTask({ ...BACKUP, command: 'cluster.create', summary, description })).toMatchObject({ summary: shown, description: described })
})

const RUNNING_AND_PAUSED = [
  { from: 'running', to: ['paused', 'cancelled'] },
  { from: 'paused', to: ['running', 'cancelled'] },
]

test.each([
  ['RUNNING', 'pause and cancel', RUNNING_AND_PAUSED],
  ['SUCCEEDED', 'pause and cancel', RUNNING_AND_PAUSED],
  ['PENDING', 'pause and cancel', [...RUNNING_AND_PAUSED, { from: 'notStarted', to: ['cancelled'] }]],
  ['PAUSING', 'pause and cancel', [...RUNNING_AND_PAUSED, { from: 'pausing', to: ['running', 'cancelled'] }]],
  ['PENDING', 'cancel', [{ from: 'running', to: ['cancelled'] }, { from: 'notStarted', to: ['cancelled'] }]],
  ['PENDING', 'pause', [{ from: 'running', to: ['paused'] }, { from: 'paused', to: ['running'] }]],
  ['RUNNING', 'nothing', [{ from: 'running', to: [] }]],
] as const)('a %s task whose producer can %s has the moves it can be asked for', (status, can, moves) => {
  const task = { ...BACKUP, status, cancelSupported: can.includes('cancel'), pauseSupported: can.includes('pause') }
  expect(astraTask(task).stateTransitions).toEqual(moves)
})

test.each([
  ['PENDING', 'notStarted'],
  ['RUNNING', 'running'],
  ['PAUSING', 'pausing'],
  ['PAUSED', 'paused'],
  ['CANCELLING', 'cancelling'],
  ['SUCCEEDED', 'completed'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
] as const)('%s is %s', (status, state) => {
  expect(astraTask({ ...PREPARATION, status }).state).toBe(state)
})

describe('what an end says', () => {
  const details = [{ type: '', title: 'Slow disk', detail: '' }]
  const shown = { type: 'about:blank', title: 'Slow disk', detail: '' }

  test('a task that was done in part is completed, and says so', () => {
    const task = { ...BACKUP, outcome: 'PARTIAL', progressPercent: 40 } as const
    const { state, percentDone, stateDetails } = astraTask(task)
    expect([state, percentDone, stateDetails.map(({ type }) => type)]).toEqual(['completed', 100, ['PARTIAL']])
    expect(astraTask({ ...task, statusDetails: details }).stateDetails).toEqual([shown])
  })

  test('a failed task says why, before what its producer says', () => {
    const error = { code: 13, message: 'm'.repeat(600), details: [] }
    const failed = astraTask({ ...PREPARATION, status: 'FAILED', error, statusDetails: details })
    expect(failed.stateDetails).toEqual([{ type: 'INTERNAL', title: 'The task failed', detail: `${'m'.repeat(510)}…` }, shown])
    expect(failed.percentDone).toBe(20)
  })

  test('a cancelled task says when', () => {
    const cancelledAt = new Date('2026-01-02T03:04:05.006Z')
    expect(astraTask({ ...PREPARATION, status: 'CANCELLED', cancelledAt, endedAt: cancelledAt })).toMatchObject({
      state: 'cancelled',
      cancelTime: '2026-01-02T03:04:05.006Z',
      endTime: '2026-01-02T03:04:05.006Z',
      stateDetails: [],
    })
  })
})

describe('identifiers', () => {
  test('a resource or an author that has no UUID gets one from its name, the same every time and another in another account', () => {
    const task = { ...BACKUP, createdBy: 'ada@example.com', modifiedBy: 'web-1', modifiedAt: new Date(), resource: { ...BACKUP.resource!, id: 'web-1' } }
    const { resourceID, userID, metadata } = astraTask(task)
    expect(resourceID).toMatch(UUID_V5)
    expect(metadata.createdBy).toMatch(UUID_V5)
    expect(metadata.modifiedBy).toBe(resourceID)
    expect(userID).toBeUndefined()
    expect(astraTask(task).resourceID).toBe(resourceID)
    expect(astraTask({ ...task, serviceInstanceId: ZEROS }).resourceID).not.toBe(resourceID)
  })

  test('the one from a name is that of RFC 9562', () => {
    // Appendix A.4: www.example.com in the namespace of DNS.
    const task = { ...BACKUP, serviceInstanceId: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', createdBy: 'www.example.com' }
    expect(astraTask(task).metadata.createdBy).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  test.each(['', 'anonymous'])('the author %j is nobody', (createdBy) => {
    const { userID, metadata } = astraTask({ ...BACKUP, createdBy })
    expect([userID, metadata.createdBy]).toEqual([undefined, ZEROS])
  })

  test('a task without a resource is what its own URI leads to', () => {
    expect(astraTask({ ...BACKUP, resource: undefined })).toMatchObject({
      resourceID: ZEROS,
      resourceURI: `/accounts/${ACCOUNT}/core/v1/tasks/${BACKUP.id}`,
      resourceCollectionURI: [],
    })
  })

  test('URIs that are too short are no URIs', () => {
    const resource = { ...BACKUP.resource!, uri: '/', collectionUris: ['/', '/apps'] }
    expect(astraTask({ ...BACKUP, resource })).toMatchObject({
      resourceURI: `/accounts/${ACCOUNT}/core/v1/tasks/${BACKUP.id}`,
      resourceCollectionURI: ['/apps'],
    })
  })
})

test('what a task does not have is not there', () => {
  const task = Task.create({ id: BACKUP.id, serviceInstanceId: ACCOUNT, command: 'c', status: 'PENDING', createdAt: new Date(0), modifiedAt: new Date(0) })
  expect(Object.keys(astraTask(task))).toEqual([
    'type', 'version', 'id', 'name', 'summary', 'description', 'resourceID', 'resourceURI', 'resourceCollectionURI',
    'state', 'stateTransitions', 'stateDetails', 'orderHint', 'metadata',
  ])
})

test('a long service is cut, and its marks are labels', () => {
  const { service, metadata } = astraTask({ ...BACKUP, service: 's'.repeat(128), labels: { env: 'prod', team: '' } })
  expect(service).toBe('s'.repeat(31))
  expect(metadata.labels).toEqual([{ name: 'env', value: 'prod' }, { name: 'team', value: '' }])
})
