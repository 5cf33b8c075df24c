// The jobs API of NetApp Service Engine over the same tasks: a job is a task that is no part of another, its job tasks are its
// parts. Parse, call, answer.
import type { Request, RequestHandler, Response } from 'express'
import { CALL_ID_HEADER } from '../../api/call-id.js'
import type { Dispatcher, FaultReport, GuardedOperation } from '../../api/dispatcher.js'
import type { PollAdvice } from '../../api/poll-advice.js'
import type { Redactor } from '../../api/redaction.js'
import { readWaitMs } from '../../api/wait-time.js'
import { StatusError } from '../../base/status-error.js'
import { HttpError } from '../../gateway/http-error.js'
import { parseQuery, type Parameter } from '../../gateway/query.js'
import { HTTP_LIMITS } from '../../limits.js'
import { FieldViolations } from '../../task/field-violations.js'
import { readTaskId } from '../../task/identifiers.js'
import type { TaskService } from '../../task/task-service.js'
import { httpCall } from '../http-call.js'
import { sendWhole } from '../whole-answer.js'
import { createJob } from './create-job.js'
import type { Envelope } from './envelope.js'
import { inJobNames } from './job-fields.js'
import { isLongPoll, readGetQuery, readListQuery } from './job-query.js'
import { getJob, listJobs } from './job-reads.js'
import { errorAnswer, type NseAnswer } from './nse-error.js'

/** What the face is made of. */
export interface NseFaceParts {
  readonly tasks: TaskService
  readonly dispatcher: Dispatcher
  /** Takes secrets out of what producers write. */
  readonly redactor: Redactor
  /** Tells callers where and when to poll. */
  readonly polls: PollAdvice
  /** Hears of faults that callers are told nothing about. */
  readonly report: FaultReport
}

/** A request to this API. */
interface NseRequest {
  readonly request: Request
  readonly response: Response
  readonly query: readonly Parameter[]
  /** The id in the path; '' where there is none. */
  readonly id: string
}

type Handler = (parts: NseFaceParts, request: NseRequest) => Promise<Envelope>

/** Everything that begins so is of this API, also what it does not have. */
const BASE = /^(?:\/api)?\/v2\.1(?=\/|$)/

const ROUTES: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
  { path: /^\/jobs$/, methods: { GET: list, HEAD: list, POST: createJob } },
  { path: /^\/jobs\/([^/]+)$/, methods: { GET: get, HEAD: get } },
]

/** Reads name no tenant to those who run them: they look only where the caller may. */
const access = { role: 'reader', instance: undefined } as const
const LIST: GuardedOperation = { name: 'nse/ListJobs', waits: false, writes: false, access }
const GET: GuardedOperation = { name: 'nse/GetJob', waits: false, writes: false, access }
const WAIT: GuardedOperation = { name: 'nse/WaitJob', waits: true, writes: false, access }

/** Answers everything under `/v2.1` and `/api/v2.1`; hands on the rest. */
export function nseFace(parts: NseFaceParts): RequestHandler {
  return async (request, response, next) => {
    const [path = '', query = ''] = request.url.split(/\?(.*)/s, 2)
    const base = BASE.exec(path)?.[0]
    if (base === undefined) {
      next()
      return
    }
    const report = (fault: unknown): void => parts.report(fault, 'nse', request.get(CALL_ID_HEADER))
    const answering = answerTo(parts, { request, response, path: path.slice(base.length), query })
    const { body, headers } = await answering.catch((error: unknown) => errorAnswer(error, report))
    sendWhole(request, response, { status: body.status.code, contentType: 'application/json', headers, body: JSON.stringify(body) })
  }
}

/** A request, and the parts of its URL: the path within this API, and the query. */
interface Asked {
  readonly request: Request
  readonly response: Response
  readonly path: string
  readonly query: string
}

async function answerTo(parts: NseFaceParts, { request, response, path, query }: Asked): Promise<NseAnswer> {
  const { handler, id } = route(request, response, path)
  checkCondition(request)
  return { headers: {}, body: await handler(parts, { request, response, query: parseQuery(query), id }) }
}

/** Throws HttpError: URL_TOO_LONG, UNKNOWN_PATH, METHOD_NOT_ALLOWED, MALFORMED_PATH. */
function route({ method, url }: Request, response: Response, path: string): { handler: Handler; id: string } {
  if (url.length > HTTP_LIMITS.urlBytes) throw new HttpError('URL_TOO_LONG', `The URL is longer than ${HTTP_LIMITS.urlBytes} bytes`)
  for (const { path: pattern, methods } of ROUTES) {
    const match = pattern.exec(path)
    if (match === null) continue
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
    if (handler !== undefined) return { handler, id: decoded(match[1] ?? '') }
    const allow = Object.keys(methods).join(', ')
    response.set('Allow', allow)
    throw new HttpError('METHOD_NOT_ALLOWED', `This path takes ${allow}`)
  }
  throw new HttpError('UNKNOWN_PATH', 'Nothing is served at this path')
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new HttpError('MALFORMED_PATH', 'The path is not percent-encoded UTF-8')
  }
}

/** Throws FAILED_PRECONDITION: nothing here has an entity tag, so that none can match (RFC 9110, section 13.1.1). */
function checkCondition({ headers }: Request): void {
  const tags = headers['if-match']?.trim() ?? '*'
  if (tags !== '*') throw new StatusError('FAILED_PRECONDITION', 'If-Match cannot hold: jobs have no entity tags')
}

function list({ tasks, dispatcher }: NseFaceParts, { request, response, query }: NseRequest): Promise<Envelope> {
  return dispatcher.perform(LIST, httpCall(request, response), (context) => listJobs(tasks, readListQuery(query), context))
}

function get({ tasks, polls, dispatcher }: NseFaceParts, { request, response, query, id: text }: NseRequest): Promise<Envelope> {
  return dispatcher.perform(isLongPoll(query) ? WAIT : GET, httpCall(request, response), (context) => {
    const violations = new FieldViolations()
    const id = readTaskId(text, inJobNames(violations))
    const { tenant, waitSeconds } = readGetQuery(query, violations)
    const waitMs = readWaitMs({ seconds: BigInt(waitSeconds), nanos: 0 }, context, violations)
    return getJob({ tasks, polls }, { id, tenant, waitMs }, context)
  })
}
