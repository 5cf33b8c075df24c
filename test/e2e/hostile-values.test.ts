// Values that are code, markup or names of JavaScript to somebody: to the server they are text.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateTaskRequest } from '../../gen/openshift/v1/task_producer_service.js'
import { Task } from '../../gen/openshift/v1/task.js'
import { expectInOneRound } from '../support/in-one-round.js'
import { rawCall } from '../support/raw-grpc.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
  for (const summary of ["O'Brien; DROP TABLE tasks;--", 'plain']) {
    await create({ command: 'cluster.create', summary, labels: { env: 'prod' } })
  }
})

afterAll(async () => {
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly ms: number
}

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const started = performance.now()
  const response = await fetch(`${server.url}/openshift/v1/values${path}`, init)
  const text = await response.text()
  return { status: response.status, text, ms: performance.now() - started }
}

function create(task: object): Promise<Answer> {
  return ask('/tasks', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(task) })
}

function list(parameters: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(`/tasks?${new URLSearchParams(parameters).toString()}`)
}

/** The ids of all tasks there are. */
async function allIds(): Promise<string[]> {
  const { tasks } = JSON.parse((await list({ pageSize: '1000' })).text) as { tasks: { id: string }[] }
  return tasks.map(({ id }) => id)
}

const INSIDE = /SQLITE|SELECT \w+ FROM|syntax error|no such column|node:|node_modules|\.[jt]s:\d|\/tmp\//

describe('filters, orders and tokens', () => {
  const QUOTES = ["'", "' OR '1'='1", "'; DROP TABLE tasks;--", '" OR ""="', "\\' OR 1=1 --", "') UNION SELECT 1,2,3--", '%', '_', '\0', '$1', '?1', '@x', ':x', '\u2019', '\uff07']

  test.each(QUOTES)('%j as a value matches itself, or is refused', async (text) => {
    const ids = await allIds()
    for (const field of ['command', 'created_by', 'resource.id', 'labels.env']) {
      const { status, text: answer } = await list({ filter: `${field} = ${JSON.stringify(text)}` })
      expect([200, 400]).toContain(status)
      if (status === 200) expect(JSON.parse(answer)).toMatchObject({ tasks: [] })
      expect(answer).not.toMatch(INSIDE)
    }
    expect(await allIds()).toEqual(ids)
  })

  test.each(QUOTES)('%j is no field, order or token', async (text) => {
    for (const parameters of [{ filter: `${text} = 1` }, { filter: `labels.${text} = 1` }, { orderBy: text }, { orderBy: `created_at ${text}` }, { pageToken: text }]) {
      const { status, text: answer } = await list(parameters)
      expect([200, 400]).toContain(status)
      if (status === 200) expect(JSON.parse(answer)).toMatchObject({ tasks: [] })
      expect(answer).not.toMatch(INSIDE)
    }
  })

  test.each([
    ['parentheses', '('.repeat(1000) + 'status = FAILED' + ')'.repeat(1000)],
    ['negations', 'NOT '.repeat(500) + 'status = FAILED'],
    ['terms', Array.from({ length: 100 }, () => 'command = a').join(' OR ')],
    ['stars', `command = "${'*a'.repeat(500)}*"`],
    ['blanks', ' '.repeat(2000) + 'x'],
    ['quotes', '"'.repeat(2001)],
    ['dots', `labels${'.a'.repeat(900)} = 1`],
    ['a text without end', `command = "${'\\\\'.repeat(900)}`],
  ])('%s by the hundred are read or refused at once', async (_name, filter) => {
    await expectInOneRound({ ms: 500 }, async () => {
      const { status, ms, text } = await list({ filter })
      expect([200, 400]).toContain(status)
      expect(text).not.toMatch(INSIDE)
      return { ms }
    })
  })

  test('no text of any kind is a fault of the server', async () => {
    const word = fc.constantFrom('command', 'status', 'FAILED', 'labels.a', '=', '!=', ':', '<', 'AND', 'OR', 'NOT', '-', '(', ')', '"', "'", '*', '.', ',', '\\', '--', '1')
    const anything = fc.oneof(fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')), fc.string({ unit: 'binary', maxLength: 60 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('filter', 'orderBy', 'pageToken'), anything, async (name, text) => {
        const { status } = await list({ [name]: text })
        return status === 200 || status === 400
      }),
      { numRuns: 300 },
    )
  })
})

describe('names that objects have anyway', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])('%s as a label', async (name) => {
    const labels = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as Record<string, string>
    const answer = await ask('/tasks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"command":"c","labels":{${JSON.stringify(name)}:"x"}}`,
    })
    expect([202, 400]).toContain(answer.status)
    if (answer.status === 202) expect((JSON.parse(answer.text) as { task: Task }).task.labels).toEqual(labels)
    const request = CreateTaskRequest.create({ serviceInstanceId: 'values', task: Task.create({ command: 'c' }) })
    Object.defineProperty(request.task!.labels, name, { value: 'x', enumerable: true })
    const binary = await rawCall(server.addresses.grpc, 'openshift.v1.TaskProducerService/CreateTask', CreateTaskRequest.encode(request).finish()).catch(
      (error: unknown) => (error as { code?: number }).code,
    )
    if (answer.status === 202) expect(binary).toBeInstanceOf(Buffer)
    else expect(binary).toBe(3)
    const found = await list({ filter: `labels.${name} = x` })
    expect([200, 400]).toContain(found.status)
    expect((await list({})).status).toBe(200)
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s as a field, a parameter and an enum', async (name) => {
    for (const answer of await Promise.all([
      ask('/tasks', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"command":"c",${JSON.stringify(name)}:{"x":1}}` }),
      ask('/tasks', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"command":"c","status":${JSON.stringify(name)}}` }),
      list({ [name]: '1' }),
      list({ [`${name}.x`]: '1' }),
      ask(`/tasks/${name}:${name}`, { method: 'POST' }),
      ask('/tasks', { headers: { accept: `${name};any=${name}`, 'grpc-timeout': name } }),
    ])) {
      expect([400, 404, 405]).toContain(answer.status)
      expect(answer.text).not.toMatch(INSIDE)
    }
  })
})

test('markup stays text, and no answer is a page to a browser', async () => {
  const summary = '<script>alert(1)</script>\u2028</title>'
  const created = await create({ command: 'c', summary })
  expect((JSON.parse(created.text) as { task: Task }).task.summary).toBe(summary)
  const missing = await fetch(`${server.url}/<script>alert(1)</script>`)
  expect(missing.headers.get('content-type')).toBe('application/json')
  expect(missing.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await missing.text()).not.toContain('<script>')
})
