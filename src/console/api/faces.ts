// The APIs that show the same task, each in its own words: where to find it in each.

/** One API. */
export interface Face {
  readonly name: string
  /** Who speaks it. */
  readonly note: 'faceOpenShift' | 'faceAny' | 'faceOperation' | 'faceAstra' | 'faceNse' | 'faceMonitor'
  readonly path: (instance: string, taskId: string) => string
  readonly accept: string
}

/** Every API, the contract's own first. */
export const FACES: readonly Face[] = [
  { name: 'OpenShift', note: 'faceOpenShift', path: openshift, accept: 'application/json' },
  { name: 'OpenShift, any=canonical', note: 'faceAny', path: openshift, accept: 'application/json;any=canonical' },
  {
    name: 'google.longrunning',
    note: 'faceOperation',
    path: (instance, taskId) => `/v1/instances/${encodeURIComponent(instance)}/operations/${encodeURIComponent(taskId)}`,
    accept: 'application/json',
  },
  {
    name: 'NetApp Astra',
    note: 'faceAstra',
    path: (instance, taskId) => `/accounts/${encodeURIComponent(instance)}/core/v1/tasks/${encodeURIComponent(taskId)}`,
    accept: 'application/json',
  },
  {
    name: 'NetApp Service Engine',
    note: 'faceNse',
    path: (instance, taskId) => `/v2.1/jobs/${encodeURIComponent(taskId)}?tenant_id=${encodeURIComponent(instance)}`,
    accept: 'application/json',
  },
  {
    name: 'Azure LRO',
    note: 'faceMonitor',
    path: (instance, taskId) => `${openshift(instance, taskId)}/monitor`,
    accept: 'application/json',
  },
]

function openshift(instance: string, taskId: string): string {
  return `/openshift/v1/${encodeURIComponent(instance)}/tasks/${encodeURIComponent(taskId)}`
}
