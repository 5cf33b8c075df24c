// The tasks API of NetApp Astra over the same tasks: `GET /accounts/{account_id}/core/v1/tasks` and `/{task_id}`.
import { createHash } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { CallContext } from '../../api/api-method.js'
import type { Dispatcher, FaultReport } from '../../api/dispatcher.js'
import type { PollAdvice } from '../../api/poll-advice.js'
import { StatusError } from '../../base/status-error.js'
import { StepQueue } from '../../task/step-queue.js'
import type { TaskService } from '../../task/task-service.js'
import { httpCall } from '../http-call.js'
import { requestName } from '../request-id.js'
import { sendWhole, type WholeAnswer } from '../whole-answer.js'
import { readListQuery, refuseOthers } from './list-query.js'
import { Problem, problemOf } from './problem.js'
import { readList, readTask } from './read-tasks.js'
import { checkBody, chooseType, isCollection, isOurs, readNames, readParameters } from './request.js'
import { astraTask } from './task-fields.js'

/** What the face is made of. */
export interface AstraFaceParts {
  readonly tasks: TaskService
  readonly dispatcher: Dispatcher
  /** Tells callers when to poll. */
  readonly polls: PollAdvice
  /** Hears of faults that callers are told nothing about. */
  readonly report: FaultReport
}

const JSON_TYPE = 'application/json'
const TASK_TYPE = 'application/astra-task+json'

/** Answers everything under `/accounts`; hands on the rest. */
export function astraFace(parts: AstraFaceParts): RequestHandler {
  const steps = new StepQueue()
  return async (request, response, next) => {
    if (!isOurs(request.url)) {
      next()
      return
    }
    const answer = await answerTo({ ...parts, steps }, request, response).catch((error: unknown) => refusal(parts, error, request))
    sendWhole(request, response, answer)
  }
}

async function answerTo(parts: AstraFaceParts & { readonly steps: StepQueue }, request: Request, response: Response): Promise<WholeAnswer> {
  const { account, task } = readNames(request)
  const contentType = chooseType(request, task === undefined ? [JSON_TYPE] : [JSON_TYPE, TASK_TYPE])
  const parameters = readParameters(request.url)
  const access = { role: 'reader', instance: account, taskId: task } as const
  const perform = <T>(name: string, work: (context: CallContext) => Promise<T>): Promise<T> =>
    parts.dispatcher.perform({ name: `astra/${name}`, waits: false, writes: false, access }, httpCall(request, response), work)
  if (task === undefined) {
    const query = readListQuery(account, parameters, parts.tasks.now())
    await checkBody(request)
    const { body, etag } = await perform('ListTasks', (context) => readList(parts, query, context))
    return { status: 200, contentType, headers: { ETag: etag, Vary: 'Accept' }, body }
  }
  refuseOthers(parameters, [])
  await checkBody(request)
  const stored = await perform('GetTask', async (context) => {
    const found = await readTask(parts.tasks, { instance: account, taskId: task })
    parts.polls.again(found, context)
    return found
  })
  const body = JSON.stringify(astraTask(stored))
  return { status: 200, contentType, headers: { ETag: `"${md5(body)}"`, Vary: 'Accept' }, body }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function refusal({ report }: AstraFaceParts, error: unknown, request: Request): WholeAnswer {
  const problem = problemFor(report, error, request)
  const body = JSON.stringify(problem.body(requestName(request.headers)))
  return { status: problem.kind.status, contentType: 'application/problem+json', headers: problem.headers, body }
}

function problemFor(report: FaultReport, error: unknown, request: Request): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StatusError) {
    return problemOf(error, { isCollection: isCollection(request.url), hasToken: request.headers.authorization !== undefined })
  }
  report(error, 'astra', requestName(request.headers))
  return new Problem('internal')
}
