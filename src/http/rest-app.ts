// The HTTP port: REST by transcoding the contract, in process.
import express, { type ErrorRequestHandler, type Express } from 'express'
import { ACCEPTED, answerMetadata } from '../api/answer-metadata.js'
import type { ApiMethod } from '../api/api-method.js'
import { callIdOf, CALL_ID_HEADER } from '../api/call-id.js'
import { traceParentOf } from '../api/call-observer.js'
import type { Dispatcher, FaultReport } from '../api/dispatcher.js'
import type { PollAdvice } from '../api/poll-advice.js'
import type { Redactor } from '../api/redaction.js'
import { ERROR_DOMAIN } from '../api/status.js'
import { ownDescriptorSet } from '../base/proto-json/type-source.js'
import { createGateway, type GatewayHandler } from '../gateway/gateway.js'
import type { AnswerDescription, AnswerRecord } from '../gateway/options.js'
import { consoleApp, type ConsoleParts } from './console-app.js'
import { OPERATIONS_RULES } from './operations-rules.js'
import { nameRequest } from './request-id.js'
import { requestCredentials } from './request-credentials.js'
import { CALL_LIMITS, HTTP_LIMITS, WATCH_LIMITS } from '../limits.js'
import type { TaskService } from '../task/task-service.js'
import { API_DOCUMENTS, serveDocuments } from './api-documents.js'
import { astraFace } from './astra/astra-face.js'
import { nseFace } from './nse/nse-face.js'

/** Hears of what the app answers. */
export interface RestWatch {
  /** A fault that the caller is told nothing about. */
  fault(error: unknown, where: string, callId?: string): void
  /** An answer of the gateway. */
  answered(answer: AnswerRecord): void
}

/** What the app is made of. */
export interface RestAppParts {
  readonly methods: readonly ApiMethod[]
  readonly tasks: TaskService
  readonly dispatcher: Dispatcher
  /** Takes secrets out of what producers write. */
  readonly redactor: Redactor
  /** Tells callers where and when to poll. */
  readonly polls: PollAdvice
  readonly watch: RestWatch
  readonly console: ConsoleParts
}

/** The express app: the console and the documented APIs of others, then the gateway for all the rest. */
export function restApp({ methods, tasks, dispatcher, redactor, polls, watch, console }: RestAppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use((request, response, next) => {
    nameRequest(request, response)
    next()
  })
  app.use('/console', consoleApp(console))
  serveDocuments(app)
  const report: FaultReport = (...fault) => watch.fault(...fault)
  app.use(astraFace({ tasks, dispatcher, polls, report }))
  app.use(nseFace({ tasks, dispatcher, redactor, polls, report }))
  const gateway = taskGateway(methods, dispatcher, watch)
  app.use((request, response) => gateway(request, response))
  app.use(failure(watch))
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

const RETRY_AFTER = 'Seconds after which to ask again; absent once the task has ended.'
const POLLED: AnswerDescription = { headers: { 'Retry-After': RETRY_AFTER } }

/** What the description of the API says of answers that are more than a body. */
const ANSWERS: Readonly<Record<string, AnswerDescription>> = {
  'openshift.v1.TaskProducerService.CreateTask': {
    httpStatus: ACCEPTED,
    headers: { 'Operation-Location': 'Where the status monitor of the task is.', 'Retry-After': RETRY_AFTER },
  },
  'openshift.v1.StatusMonitorService.GetStatusMonitor': POLLED,
  'google.longrunning.Operations.GetOperation': POLLED,
  'google.longrunning.Operations.WaitOperation': POLLED,
}

function taskGateway(methods: readonly ApiMethod[], dispatcher: Dispatcher, watch: RestWatch): GatewayHandler {
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
    maxJsonDepth: HTTP_LIMITS.jsonDepth,
    defaultTimeoutMs: CALL_LIMITS.deadlineDefaultMs,
    maxTimeoutMs: CALL_LIMITS.deadlineMaxMs,
    methodTimeoutMs: Object.fromEntries(methods.flatMap(timeoutOf)),
    openApi: {
      title: 'Taskplane',
      version: 'v1',
      description: 'Records long-running work, and lets everybody follow it.',
      others: API_DOCUMENTS.map(({ title, path }) => ({ title, path })),
      answers: ANSWERS,
    },
    responseHeaders: ['retry-after', 'operation-location'],
    heartbeatMs: WATCH_LIMITS.heartbeatMs,
    stallTimeoutMs: WATCH_LIMITS.stallMs,
    streamPositions: { 'openshift.v1.TaskService.WatchTasks': { id: 'revision', resume: 'after_revision' } },
    onAnswer: (answer) => watch.answered(answer),
    onError: (error) => watch.fault(error, 'gateway'),
    async call({ typeName }, request, { httpRequest, metadata, signal, deadline }) {
      const method = byName.get(typeName)
      if (method === undefined || !(request instanceof Uint8Array)) throw new Error(`${typeName} is no method of the API`)
      const headers: Record<string, string[]> = {}
      const call = {
        credentials: requestCredentials(httpRequest),
        callId: callIdOf(metadata[CALL_ID_HEADER]?.[0]),
        traceParent: traceParentOf(metadata['traceparent']?.[0], metadata['tracestate']?.[0]),
        signal,
        deadline: deadline?.getTime() ?? Infinity,
        ...answerMetadata((name, value) => (headers[name] = [value])),
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
function failure(watch: RestWatch): ErrorRequestHandler {
  return (error, _request, response, next) => {
    watch.fault(error, 'http')
    if (response.headersSent) next(error)
    else response.status(500).json({ code: 13, message: 'Internal error', details: [] })
  }
}
