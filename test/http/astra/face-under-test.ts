// The Astra face on a real port over a real store, with its clock and its failures in the hands of the test.
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { Dispatcher } from '../../../src/api/dispatcher.js'
import { operationsApi } from '../../../src/api/operations-api.js'
import { anonymousAuthenticator } from '../../../src/auth/anonymous.js'
import { PollAdvice } from '../../../src/api/poll-advice.js'
import { Redactor } from '../../../src/api/redaction.js'
import { taskApi } from '../../../src/api/task-api.js'
import { startHttpServer, type HttpServer } from '../../../src/http/http-server.js'
import { restListener } from '../../../src/http/rest-app.js'
import type { InstanceId } from '../../../src/task/identifiers.js'
import { TaskService } from '../../../src/task/task-service.js'
import type { TaskStore } from '../../../src/task/task-store.js'
import { OPEN_CONSOLE } from '../../support/console-parts.js'
import { openClockedSqlite, type ClockedStore } from '../../support/clocked-store.js'
import { ask, type HttpAnswer, type HttpQuestion } from '../../support/http-ask.js'
import { create } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { faultsOfList, faultsOfProblem } from './astra-schema.js'

export const ACCOUNT = 'fdaa655c-15ab-4d34-aa61-1e9098e67be0'
/** Path of the list of the account. */
export const TASKS = `/accounts/${ACCOUNT}/core/v1/tasks`
/** Ids to record tasks by. */
export const IDS = Array.from({ length: 30 }, (_, i) => `00000000-0000-4000-8000-0000000000${String(i + 10)}`)

/** The body of a list of whole tasks, as far as tests look into it. */
export interface ListJson {
  readonly items: readonly { readonly id: string }[]
  readonly metadata: { readonly count?: number; readonly continue?: string }
}

/** A server for each test of a file; call at its top. */
export function faceUnderTest(): FaceUnderTest {
  const face = new FaceUnderTest()
  beforeEach(() => face.open(join(temporaryDirectory(), 'tasks.db')))
  afterEach(() => face.close())
  return face
}

class FaceUnderTest {
  /** What reads reject with, once set. */
  failures: { get?: Error; list?: Error } = {}
  /** Faults that callers were told nothing about. */
  reported: unknown[] = []
  private opened: { readonly store: ClockedStore; readonly dispatcher: Dispatcher; readonly server: HttpServer } | undefined

  get store(): ClockedStore {
    return this.opened!.store
  }

  async open(path: string): Promise<void> {
    this.failures = {}
    this.reported = []
    const store = openClockedSqlite(path)
    const report = (error: unknown): void => void this.reported.push(error)
    const tasks = new TaskService({ store: this.failing(store), now: () => new Date(store.now), report })
    const polls = new PollAdvice(tasks, '')
    const methods = [...taskApi(tasks), ...operationsApi(tasks, polls)]
    const dispatcher = new Dispatcher(anonymousAuthenticator, report)
    const watch = { fault: report, answered: () => undefined }
    const app = restListener({ methods, tasks, dispatcher, redactor: new Redactor([]), polls, watch, console: OPEN_CONSOLE })
    this.opened = { store, dispatcher, server: await startHttpServer({ host: '127.0.0.1', port: 0 }, app) }
  }

  async close(): Promise<void> {
    this.opened!.server.close()
    await this.opened!.server.drain()
    await this.store.close()
  }

  /** Takes no more calls, as a server that stops. */
  stop(): Promise<void> {
    return this.opened!.dispatcher.stop()
  }

  get(path: string, question?: HttpQuestion): Promise<HttpAnswer> {
    return ask(`http://127.0.0.1:${this.opened!.server.port}${path}`, question)
  }

  /** A list of whole tasks, checked against the schema. */
  async list(query = ''): Promise<ListJson> {
    const { status, json } = await this.get(`${TASKS}${query}`)
    expect([status, faultsOfList(json)]).toEqual([200, []])
    return json as ListJson
  }

  /** Records a task of the account. */
  async record(id: string, task: Parameters<typeof create>[1] = {}, instance = ACCOUNT): Promise<void> {
    await this.store.write(create(id, task, { instance: instance as InstanceId }))
  }

  private failing(real: TaskStore): TaskStore {
    return new Proxy(real, {
      get: (target, name) => {
        const failure = name === 'get' || name === 'list' ? this.failures[name] : undefined
        const method: unknown = failure === undefined ? Reflect.get(target, name) : () => Promise.reject(failure)
        return typeof method === 'function' ? (method.bind(target) as unknown) : method
      },
    })
  }
}

/** Checks that an answer is the problem with that number; undefined stands for one that the documents have no number for. */
export function expectProblem({ status, headers, json }: HttpAnswer, expected: number, number: number | undefined): void {
  expect(faultsOfProblem(json)).toEqual([])
  const type = number === undefined ? 'about:blank' : `https://astra.netapp.io/problems/${number}`
  expect([status, headers['content-type']]).toEqual([expected, 'application/problem+json'])
  expect(json).toMatchObject({ type, status: String(expected) })
}
