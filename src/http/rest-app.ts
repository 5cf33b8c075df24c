// The HTTP port: REST by transcoding the contract, in process.
import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { ACCEPTED } from '../api/answer-metadata.js'
import type { ApiMethod, ApiUnaryMethod, UnaryRequest } from '../api/api-method.js'
import { CALL_ID_HEADER } from '../api/call-id.js'
import type { AnswerForm, Dispatcher, FaultReport } from '../api/dispatcher.js'
import type { PollAdvice } from '../api/poll-advice.js'
import type { Redactor } from '../api/redaction.js'
import { ERROR_DOMAIN } from '../api/status.js'
import { whenThere } from '../base/soon.js'
import { ownDescriptorSet } from '../base/proto-json/type-source.js'
import { createGateway, type GatewayHandler } from '../gateway/gateway.js'
import type { AnswerDescription, AnswerRecord, CallAnswer, CallContext, ReadyRequest } from '../gateway/options.js'
import { consoleApp, type ConsoleParts } from './console-app.js'
import { OPERATIONS_RULES } from './operations-rules.js'
import { GatewayCall } from './gateway-call.js'
import { nameRequest } from './request-id.js'
import { CALL_LIMITS, HTTP_LIMITS, WATCH_LIMITS } from '../limits.js'
import { TASK_JSON_OPTIONS } from '../task/task-json.js'
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

/** Whether a path is one of the contract, or of google.longrunning. */
function isOfContract(path: string): boolean {
  return path.startsWith('/openshift/v1/') || path.startsWith('/v1/')
}

/**
 * Answers the requests of the HTTP port: those of the contract by the gateway, without anything in between; the others by an
 * express app, for the console, the documented APIs of others and their documents.
 */
export function restListener(parts: RestAppParts): RequestListener {
  const { methods, dispatcher, watch } = parts
  const gateway = taskGateway(methods, dispatcher, watch)
  const app = facesApp(parts, gateway)
  return (request, response) => {
    const callId = nameRequest(request)
    if (isOfContract(request.url ?? '')) {
      gateway(request, response)
      return
    }
    response.setHeader(CALL_ID_HEADER, callId)
    app(request, response)
  }
}

/** What is no part of the contract; `gateway` refuses what nobody answers. */
function facesApp({ tasks, dispatcher, redactor, polls, watch, console }: RestAppParts, gateway: GatewayHandler): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use('/console', consoleApp(console))
  serveDocuments(app)
  const report: FaultReport = (...fault) => watch.fault(...fault)
  app.use(astraFace({ tasks, dispatcher, polls, report }))
  app.use(nseFace({ tasks, dispatcher, redactor, polls, report }))
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
    serviceJson: { 'openshift.v1.TaskService': TASK_JSON_OPTIONS, 'openshift.v1.TaskProducerService': TASK_JSON_OPTIONS },
    maxBodyBytes: HTTP_LIMITS.bodyBytes,
    maxUrlBytes: HTTP_LIMITS.urlBytes,
    knownReadBytes: HTTP_LIMITS.knownReadBytes,
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
    requestIdHeader: CALL_ID_HEADER,
    responseHeaders: ['retry-after', 'operation-location'],
    heartbeatMs: WATCH_LIMITS.heartbeatMs,
    stallTimeoutMs: WATCH_LIMITS.stallMs,
    streamPositions: { 'openshift.v1.TaskService.WatchTasks': { id: 'revision', resume: 'after_revision' } },
    onAnswer: (answer) => watch.answered(answer),
    onError: (error) => watch.fault(error, 'gateway'),
    call({ typeName }, request, context) {
      const method = byName.get(typeName)
      if (method === undefined || !(request instanceof Uint8Array)) throw new Error(`${typeName} is no method of the API`)
      const call = new GatewayCall(context)
      if (method.kind === 'stream') return { message: dispatcher.stream(method, request, call) }
      const read = (): UnaryRequest => readOnce(method, request, context)
      return dispatcher.runAs(method, read, call, context.ready === undefined ? inBytes(call) : inJson(call, context.ready))
    },
  })
}

/** What `request` says, read once for all that are the same. */
function readOnce(method: ApiUnaryMethod, request: Uint8Array, { known }: CallContext): UnaryRequest {
  if (known === undefined) return method.read(request)
  known.notes ??= method.read(request)
  return known.notes as UnaryRequest
}

function inBytes(call: GatewayCall): AnswerForm<CallAnswer> {
  return (request, context) => whenThere(request.answer(context), (message) => ({ message, headers: call.headers }))
}

/** JSON where that is ready, otherwise the message. */
function inJson(call: GatewayCall, { ifNoneMatch }: ReadyRequest): AnswerForm<CallAnswer> {
  return (request, context) =>
    request.json === undefined
      ? inBytes(call)(request, context)
      : whenThere(request.json(context, ifNoneMatch), ({ json, etag }) => ({ json, etag, headers: call.headers }))
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
