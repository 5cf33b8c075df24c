// The examples of the Astra documents, and the data of tasks that give them. Times have milliseconds here, and percentages
// are whole: that is what a task can hold.
import { Task, type TaskResource } from '../../../gen/openshift/v1/task.js'

export const ACCOUNT = 'fdaa655c-15ab-4d34-aa61-1e9098e67be0'
const CLUSTER = `/accounts/${ACCOUNT}/topology/v1/clouds/0df3f1a0-7203-4c12-aabf-a7bee6302671/clusters/dfd9de2d-6f0b-437b-a737-c8f7f176cd14`
const NAMESPACES = ['f8b58091-4b9c-4c64-9b40-018dbaf7c5de', '923708f8-0435-45b5-8c00-fbdef3ffaf25']
const APP = 'apps/f670bf11-8850-44bd-b330-815af6186a06'
const USER = 'abda967f-cd2c-4237-908e-99266648c553'
const STARTED = '2020-08-06T12:24:52.256Z'
const ENDED = '2020-08-06T12:26:52.256Z'

/** A resource below an app, as the examples place them. */
function resource(id: string, path: string): TaskResource {
  return {
    id,
    uri: `/accounts/${ACCOUNT}/k8s/v1/apps/7c8bef49-697e-4fb4-810c-675cef4cf6c9/${path}`,
    collectionUris: NAMESPACES.map((namespace) => `${CLUSTER}/namespaces/${namespace}/${APP}/${path}`),
    type: 'app',
    name: '',
  }
}

const COMMON = {
  serviceInstanceId: ACCOUNT,
  service: 'nautilus',
  createdBy: USER,
  cancelSupported: true,
  pauseSupported: true,
  createdAt: new Date(STARTED),
  modifiedAt: new Date(STARTED),
  startedAt: new Date(STARTED),
} as const

export const PREPARATION = Task.create({
  ...COMMON,
  id: 'ae1e6561-9e22-406c-8a5a-762f4604da00',
  command: 'astra.backup.prep',
  summary: 'Backup preparation',
  description: 'Task to prepare for the application backup',
  parentTaskId: '9cc8c321-6af1-406c-8158-2c6582c247f8',
  resource: resource('626a0978-d55f-4841-8b7c-dc0c0f592c6f', 'appSnaps/5cb608f9-571b-492e-a520-5bfb900a9b9c'),
  status: 'RUNNING',
  progressPercent: 20,
})

export const BACKUP = Task.create({
  ...COMMON,
  id: 'bc1e6561-9e22-406c-8a5a-762f4604da00',
  command: 'astra.backup',
  summary: 'Backup',
  description: 'Task to take a Backup for an application',
  resource: resource('736a0978-d55f-4841-8b7c-dc0c0f592c6f', 'appBackups/736a0978-d55f-4841-8b7c-dc0c0f592c6f'),
  status: 'SUCCEEDED',
  outcome: 'CLEAN',
  progressPercent: 100,
  endedAt: new Date(ENDED),
})

/** What both examples say of moves. */
const MOVES = {
  stateTransitions: [
    { from: 'running', to: ['paused', 'cancelled'] },
    { from: 'paused', to: ['running', 'cancelled'] },
  ],
  stateDetails: [],
  orderHint: 0,
  startTime: STARTED,
}
const METADATA = { labels: [], creationTimestamp: STARTED, modificationTimestamp: STARTED, createdBy: '00000000-0000-0000-0000-000000000000' }

/** The first item of the list, which is but for its snapshot the example of a single task too. */
export const PREPARATION_BODY = {
  type: 'application/astra-task',
  version: '1.1',
  id: 'ae1e6561-9e22-406c-8a5a-762f4604da00',
  name: 'astra.backup.prep',
  summary: 'Backup preparation',
  description: 'Task to prepare for the application backup',
  service: 'nautilus',
  parentTaskID: '9cc8c321-6af1-406c-8158-2c6582c247f8',
  userID: USER,
  resourceID: '626a0978-d55f-4841-8b7c-dc0c0f592c6f',
  resourceURI: `/accounts/${ACCOUNT}/k8s/v1/apps/7c8bef49-697e-4fb4-810c-675cef4cf6c9/appSnaps/5cb608f9-571b-492e-a520-5bfb900a9b9c`,
  resourceCollectionURI: [
    `${CLUSTER}/namespaces/f8b58091-4b9c-4c64-9b40-018dbaf7c5de/${APP}/appSnaps/5cb608f9-571b-492e-a520-5bfb900a9b9c`,
    `${CLUSTER}/namespaces/923708f8-0435-45b5-8c00-fbdef3ffaf25/${APP}/appSnaps/5cb608f9-571b-492e-a520-5bfb900a9b9c`,
  ],
  state: 'running',
  ...MOVES,
  percentDone: 20,
  metadata: METADATA,
}

/** The second item of the list. */
export const BACKUP_BODY = {
  type: 'application/astra-task',
  version: '1.1',
  id: 'bc1e6561-9e22-406c-8a5a-762f4604da00',
  name: 'astra.backup',
  summary: 'Backup',
  description: 'Task to take a Backup for an application',
  service: 'nautilus',
  userID: USER,
  resourceID: '736a0978-d55f-4841-8b7c-dc0c0f592c6f',
  resourceURI: `/accounts/${ACCOUNT}/k8s/v1/apps/7c8bef49-697e-4fb4-810c-675cef4cf6c9/appBackups/736a0978-d55f-4841-8b7c-dc0c0f592c6f`,
  resourceCollectionURI: [
    `${CLUSTER}/namespaces/f8b58091-4b9c-4c64-9b40-018dbaf7c5de/${APP}/appBackups/736a0978-d55f-4841-8b7c-dc0c0f592c6f`,
    `${CLUSTER}/namespaces/923708f8-0435-45b5-8c00-fbdef3ffaf25/${APP}/appBackups/736a0978-d55f-4841-8b7c-dc0c0f592c6f`,
  ],
  state: 'completed',
  ...MOVES,
  percentDone: 100,
  endTime: ENDED,
  metadata: METADATA,
}
