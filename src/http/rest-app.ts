// The HTTP port: REST by transcoding the contract, in process.
import express, { type ErrorRequestHandler, type Express } from 'express'
import type { ApiMethod } from '../api/api-method.js'
import type { Dispatcher, FaultReport } from '../api/dispatcher.js'
import { ERROR_DOMAIN } from '../api/status.js'
import { ANONYMOUS } from '../auth/anonymous.js'
import { ownDescriptorSet } from '../base/proto-json/type-source.js'
import { createGateway, type GatewayHandler } from '../gateway/gateway.js'
import { OPERATIONS_RULES } from './operations-rules.js'
import { CALL_LIMITS, HTTP_LIMITS, WATCH_LIMITS } from '../limits.js'

/** The express app. `report` hears of faults that callers are told nothing about. */
export function restApp(methods: readonly ApiMethod[], dispatcher: Dispatcher, report: FaultReport): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  const gateway = taskGateway(methods, dispatcher, report)
  app.use((request, response) => gateway(request, response))
  app.use(failure(report))
  return app
}

/** Fields that clients look at whether they are set or not: lists, and whether an operation is done. */
const ALWAYS_THERE = [
  'openshift.v1.ListTasksResponse.tasks',
  'openshift.v1.CountTasksResponse.total',
  'openshift.v1.CountTasksResponse.top_level',
  'openshift.v1.CountTasksResponse.by_status',
  'openshift.v1.ListTaskEventsResponse.events',
  'google.longrunning.ListOperationsResponse.operations',
  'google.longrunning.Operation.done',
]

function taskGateway(methods: readonly ApiMethod[], dispatcher: Dispatcher, report: FaultReport): GatewayHandler {
  const byName = new Map(methods.map((method) => [nameOf(method.descriptor), method]))
  return createGateway({
    descriptors: ownDescriptorSet(),
    rules: OPERATIONS_RULES,
    services: [...new Set(methods.map(({ descriptor }) => descriptor.parent.typeName))],
    errorDomain: ERROR_DOMAIN,
    json: { alwaysEmit: ALWAYS_THERE },
    // The documents draw Any as type URL and base64.
    serviceJson: { 'openshift.v1.TaskService': { any: 'documented' }, 'openshift.v1.TaskProducerService': { any: 'documented' } },
    maxBodyBytes: HTTP_LIMITS.bodyBytes,
    maxUrlBytes: HTTP_LIMITS.urlBytes,
    defaultTimeoutMs: CALL_LIMITS.deadlineDefaultMs,
    maxTimeoutMs: CALL_LIMITS.deadlineMaxMs,
    methodTimeoutMs: Object.fromEntries(methods.flatMap(timeoutOf)),
    openApi: { title: 'Taskplane', version: 'v1', description: 'Records long-running work, and lets everybody follow it.' },
    responseHeaders: ['retry-after'],
    heartbeatMs: WATCH_LIMITS.heartbeatMs,
    stallTimeoutMs: WATCH_LIMITS.stallMs,
    streamPositions: { 'openshift.v1.TaskService.WatchTasks': { id: 'revision', resume: 'after_revision' } },
    onError: (error) => report(error, 'gateway'),
    async call({ typeName }, request, { signal, deadline }) {
      const method = byName.get(typeName)
      if (method === undefined || !(request instanceof Uint8Array)) throw new Error(`${typeName} is no method of the API`)
      const headers: Record<string, string[]> = {}
      const call = {
        caller: ANONYMOUS,
        signal,
        deadline: deadline?.getTime() ?? Infinity,
        onPollAgain: (ms: number) => (headers['retry-after'] = [String(Math.ceil(ms / 1000))]),
      }
      if (method.kind === 'stream') return { message: dispatcher.stream(method, request, call) }
      return { message: await dispatcher.run(method, request, call), headers }
    },
  })
}

/** The time of a method that waits on purpose. */
function timeoutOf(method: ApiMethod): [name: string, ms: number][] {
  return method.kind === 'unary' && method.waits ? [[nameOf(method.descriptor), CALL_LIMITS.deadlineMaxMs]] : []
}

function nameOf({ parent, name }: ApiMethod['descriptor']): string {
  return `${parent.typeName}.${name}`
}

/** The last resort: what no handler has answered is a fault of ours, and its caller learns nothing of the inside. */
function failure(report: FaultReport): ErrorRequestHandler {
  return (error, _request, response, next) => {
    report(error, 'http')
    if (response.headersSent) next(error)
    else response.status(500).json({ code: 13, message: 'Internal error', details: [] })
  }
}
