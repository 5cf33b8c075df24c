// The tasks API of NetApp Astra over the same tasks: `GET /accounts/{account_id}/core/v1/tasks` and `/{task_id}`.
import { createHash } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { CallContext } from '../../api/api-method.js'
import { callIdOf, CALL_ID_HEADER } from '../../api/call-id.js'
import type { Dispatcher, FaultReport } from '../../api/dispatcher.js'
import { StatusError } from '../../base/status-error.js'
import type { TaskService } from '../../task/task-service.js'
import { httpCall } from '../http-call.js'
import { sendWhole, type WholeAnswer } from '../whole-answer.js'
import { readListQuery, refuseOthers } from './list-query.js'
import { Problem, problemOf } from './problem.js'
import { readList, readTask } from './read-tasks.js'
import { checkBody, chooseType, isCollection, isOurs, readNames, readParameters } from './request.js'

/** What the face is made of. */
export interface AstraFaceParts {
  readonly tasks: TaskService
  readonly dispatcher: Dispatcher
  /** Hears of faults that callers are told nothing about. */
  readonly report: FaultReport
}

const JSON_TYPE = 'application/json'
const TASK_TYPE = 'application/astra-task+json'

/** Answers everything under `/accounts`; hands on the rest. */
export function astraFace(parts: AstraFaceParts): RequestHandler {
  return async (request, response, next) => {
    if (!isOurs(request.url)) {
      next()
      return
    }
    const answer = await answerTo(parts, request, response).catch((error: unknown) => refusal(parts, error, request))
    sendWhole(request, response, answer)
  }
}

async function answerTo(parts: AstraFaceParts, request: Request, response: Response): Promise<WholeAnswer> {
  const { account, task } = readNames(request)
  const contentType = chooseType(request, task === undefined ? [JSON_TYPE] : [JSON_TYPE, TASK_TYPE])
  const parameters = readParameters(request.url)
  const access = { role: 'reader', instance: account, taskId: task } as const
  const perform = <T>(name: string, work: (context: CallContext) => Promise<T>): Promise<T> =>
    parts.dispatcher.perform({ name: `astra/${name}`, waits: false, writes: false, access }, httpCall(request, response), work)
  if (task === undefined) {
    const query = readListQuery(account, parameters, parts.tasks.now())
    await checkBody(request)
    const list = await perform('ListTasks', (context) => readList(parts.tasks, query, context))
    return { status: 200, contentType, body: JSON.stringify(list) }
  }
  refuseOthers(parameters, [])
  await checkBody(request)
  const body = JSON.stringify(await perform('GetTask', () => readTask(parts.tasks, { instance: account, taskId: task })))
  return { status: 200, contentType, headers: { ETag: `"${md5(body)}"`, Vary: 'Accept' }, body }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function refusal({ report }: AstraFaceParts, error: unknown, request: Request): WholeAnswer {
  const problem = problemFor(report, error, request)
  const body = JSON.stringify(problem.body(callIdOf(request.get(CALL_ID_HEADER))))
  return { status: problem.kind.status, contentType: 'application/problem+json', headers: problem.headers, body }
}

function problemFor(report: FaultReport, error: unknown, request: Request): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StatusError) {
    return problemOf(error, { isCollection: isCollection(request.url), hasToken: request.headers.authorization !== undefined })
  }
  report(error, 'astra', request.get(CALL_ID_HEADER))
  return new Problem('internal')
}
