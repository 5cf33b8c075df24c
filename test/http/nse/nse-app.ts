// The jobs API on a port of this process, over a store that the test has in its hands.
import { onTestFinished } from 'vitest'
import { Dispatcher } from '../../../src/api/dispatcher.js'
import { operationsApi } from '../../../src/api/operations-api.js'
import { anonymousAuthenticator } from '../../../src/auth/anonymous.js'
import { PollAdvice } from '../../../src/api/poll-advice.js'
import { Redactor } from '../../../src/api/redaction.js'
import { taskApi } from '../../../src/api/task-api.js'
import { taskProducerApi } from '../../../src/api/task-producer-api.js'
import { restListener } from '../../../src/http/rest-app.js'
import { startHttpServer } from '../../../src/http/http-server.js'
import { TaskService } from '../../../src/task/task-service.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { faultsOf, type AnswerKind } from './schemas.js'
import { OPEN_CONSOLE } from '../../support/console-parts.js'

/** An answer, whose body fits the schema of its kind. */
export interface NseAnswer {
  readonly httpStatus: number
  readonly headers: Headers
  readonly status: { readonly user_message: string; readonly verbose_message: string; readonly code: number }
  readonly result: Record<string, unknown> & { readonly records?: readonly Record<string, unknown>[] }
}

/** Serves until the running test ends; answers how to ask, and what faults were reported. */
export async function serveNse(store: TaskStore): Promise<{ readonly url: string; readonly faults: readonly unknown[] }> {
  const faults: unknown[] = []
  const report = (error: unknown): void => void faults.push(error)
  const dispatcher = new Dispatcher(anonymousAuthenticator, report)
  const tasks = new TaskService({ store, now: () => new Date(), report })
  const redactor = new Redactor([])
  const polls = new PollAdvice(tasks, '')
  const methods = [...taskApi(tasks), ...operationsApi(tasks, polls), ...taskProducerApi(tasks, redactor, polls)]
  const watch = { fault: report, answered: () => undefined }
  const app = restListener({ methods, tasks, dispatcher, redactor, polls, watch, console: OPEN_CONSOLE })
  const server = await startHttpServer({ host: '127.0.0.1', port: 0 }, app)
  onTestFinished(async () => {
    server.close()
    await server.drain()
  })
  return { url: `http://127.0.0.1:${server.port}`, faults }
}

/** Asks, and checks that the answer is JSON of the shape that its request and status call for. */
export async function askNse(url: string, init: RequestInit = {}): Promise<NseAnswer> {
  const response = await fetch(url, init)
  const body = (await response.json()) as Pick<NseAnswer, 'status' | 'result'>
  const faults = faultsOf(kindOf(url, response.status), body)
  if (response.headers.get('content-type') !== 'application/json' || body.status.code !== response.status || faults !== '') {
    throw new Error(`${url}: ${response.status} ${String(response.headers.get('content-type'))} ${faults}: ${JSON.stringify(body)}`)
  }
  return { httpStatus: response.status, headers: response.headers, ...body }
}

function kindOf(url: string, httpStatus: number): AnswerKind {
  if (httpStatus === 202) return 'accepted'
  if (httpStatus !== 200) return 'error'
  return /\/jobs(?:\?|$)/.test(url) ? 'list' : 'get'
}
