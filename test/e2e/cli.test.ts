// The command line as a client: tasks recorded by hand, and programs recorded as they run.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTaskplane, type Ended } from '../support/program.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

interface TaskJson {
  readonly [field: string]: unknown
  readonly id: string
}

const directory = suiteDirectory()
let server: ServerProcess

beforeAll(async () => {
  server = await startServer(directory())
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

function cli(instance: string, args: readonly string[], onStart?: (pid: number) => void): Promise<Ended> {
  const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc, TASKPLANE_INSTANCE: instance }
  return runTaskplane(args, { env, ...(onStart && { onStart }) })
}

async function json(instance: string, args: readonly string[]): Promise<TaskJson> {
  const { code, stdout, stderr } = await cli(instance, [...args, '--output', 'json'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout) as TaskJson
}

async function listed(instance: string): Promise<TaskJson[]> {
  return (await json(instance, ['list']))['tasks'] as TaskJson[]
}

describe('by hand', () => {
  test('a task is created, shown, listed and completed', async () => {
    const created = await json('hand', [
      'create',
      ...['--command', 'cluster.create', '--label', 'env=prod', '--label', 'zone=z=1', '--metadata', '{"size":3}'],
    ])
    expect(created).toMatchObject({
      status: 'PENDING',
      labels: { env: 'prod', zone: 'z=1' },
      metadata: { '@type': 'type.googleapis.com/google.protobuf.Struct', value: { size: 3 } },
    })
    expect(await json('hand', ['get', created.id])).toEqual(created)
    const ended = await json('hand', ['complete', created.id, '--outcome', 'WARNING', '--response', '{"ok":true}'])
    expect(ended).toMatchObject({ status: 'SUCCEEDED', outcome: 'WARNING', response: { value: { ok: true } } })
    const { stdout } = await cli('hand', ['list'])
    expect(stdout.split('\n')[0]).toMatch(/^ID +COMMAND +STATUS +PROGRESS +CREATED/)
    expect(stdout).toContain('SUCCEEDED (WARNING)  100%')
  })

  test('a task fails with its error', async () => {
    const { id } = await json('failing', ['create', '--command', 'c'])
    await json('failing', ['start', id])
    const failed = await json('failing', ['fail', id, '--message', 'no room', '--code', 'RESOURCE_EXHAUSTED'])
    expect(failed).toMatchObject({ status: 'FAILED', error: { code: 8, message: 'no room' } })
    expect((await cli('failing', ['delete', id])).code).toBe(0)
    expect(await listed('failing')).toEqual([])
  })

  test('errors name the code and each field, on standard error', async () => {
    const missing = await cli('errors', ['get', 'missing'])
    expect(missing).toMatchObject({ code: 1, stdout: '', stderr: 'taskplane: NOT_FOUND: Task missing was not found\n' })
    const bad = await cli('errors', ['create', '--command', 'a b', '--summary', 'x'.repeat(200)])
    expect(bad.stderr).toContain('\n  task.command: expected 1 to 128 characters')
    expect(bad.stderr).toContain('\n  task.summary: expected at most 127 characters')
    expect((await cli('errors', ['list', '--filter', 'nope'])).stderr).toContain('filter: Expected a comparison')
    expect((await cli('errors', ['create', '--command', 'c', '--metadata', '[1]'])).stderr).toContain('expected a JSON object')
    expect((await runTaskplane(['list'])).stderr).toContain('--instance')
  })

  test('text of others cannot steer the terminal', async () => {
    await json('escapes', ['create', '--command', 'c', '--summary', '\u001b[2Jgone\u202Etxt'])
    const { stdout } = await cli('escapes', ['list'])
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(stdout).toContain('gone')
  })

  test('a list goes over pages up to its limit', async () => {
    await Promise.all(Array.from({ length: 3 }, () => json('pages', ['create', '--command', 'c'])))
    const { stdout, stderr } = await cli('pages', ['list', '--limit', '2'])
    expect(stdout.trim().split('\n')).toHaveLength(3)
    expect(stderr).toContain('There are more')
  })
})

describe('taskplane run', () => {
  const run = (instance: string, script: string, onStart?: (pid: number) => void): Promise<Ended> =>
    cli(instance, ['run', '--command', 'backup.take', '--label', 'env=prod', '--', 'sh', '-c', script], onStart)

  test('records a program that succeeds, and passes its output through', async () => {
    const ended = await run('good', 'echo one; echo ::progress 40 half way; echo two >&2; printf "\\377"')
    expect(ended).toMatchObject({ code: 0, stdout: 'one\n::progress 40 half way\n\ufffd' })
    expect(ended.stderr).toMatch(/^taskplane: task [0-9a-f-]{36}\ntwo\n$/)
    expect(await listed('good')).toMatchObject([
      {
        command: 'backup.take',
        status: 'SUCCEEDED',
        outcome: 'CLEAN',
        progressPercent: 100,
        statusDetails: [{ type: 'progress', title: 'half way' }],
        labels: { env: 'prod' },
        metadata: { program: 'sh', processId: expect.any(Number) as number },
        response: {
          '@type': 'type.googleapis.com/taskplane.run.v1.ProcessResult',
          exitCode: 0,
          duration: expect.stringMatching(/^0\.\d+s$/) as string,
        },
      },
    ])
  })

  test('records a program that fails, and exits with its code', async () => {
    expect((await run('bad', 'exit 7')).code).toBe(7)
    const [task] = await listed('bad')
    expect(task).toMatchObject({
      status: 'FAILED',
      error: {
        code: 2,
        message: 'sh exited with code 7',
        details: [{ reason: 'PROCESS_EXITED', metadata: { exitCode: '7' } }, { exitCode: 7 }],
      },
    })
  })

  test('records the signal that ended a program', async () => {
    expect((await run('killed', 'kill -9 $$')).code).toBe(128 + 9)
    const [task] = await listed('killed')
    expect(task).toMatchObject({
      status: 'FAILED',
      error: { code: 10, message: 'sh was ended by SIGKILL', details: [{ reason: 'PROCESS_SIGNALLED' }, { signal: 'SIGKILL' }] },
    })
  })

  test('records a program that cannot be started', async () => {
    const ended = await cli('absent', ['run', '--command', 'c', '--', '/no/such/program', '--password', 'hunter2'])
    expect(ended.code).toBe(127)
    const [task] = await listed('absent')
    expect(task).toMatchObject({ status: 'FAILED', error: { code: 5, details: [{ reason: 'PROCESS_NOT_STARTED' }] } })
    expect(JSON.stringify(task)).not.toContain('hunter2')
    const notExecutable = fileURLToPath(import.meta.url)
    expect((await cli('absent', ['run', '--command', 'c', '--', notExecutable])).code).toBe(126)
  })

  test('does not run what cannot be recorded', async () => {
    const ended = await runTaskplane(
      ['run', '--grpc-address', '127.0.0.1:1', '--instance', 'x', '--command', 'c', '--', 'echo', 'ran'],
    )
    expect(ended).toMatchObject({ code: 125, stdout: '' })
    expect(ended.stderr).toContain('not run, because it could not be recorded: UNAVAILABLE')
  })

  test('passes signals on', async () => {
    let pid = 0
    const ended = run('signals', 'trap "exit 5" TERM; echo ::progress 10; while :; do sleep 0.1; done', (id) => {
      pid = id
    })
    let task: TaskJson | undefined
    while (task?.['progressPercent'] !== 10) [task] = await listed('signals')
    process.kill(pid, 'SIGTERM')
    expect((await ended).code).toBe(5)
  })

  test('shows how far a program is while it runs', async () => {
    const ended = run('running', 'echo ::progress 30 copying; read line || sleep 2')
    let task: TaskJson | undefined
    while (task?.['progressPercent'] !== 30) [task] = await listed('running')
    expect(task).toMatchObject({ status: 'RUNNING', statusDetails: [{ title: 'copying', detail: 'copying' }] })
    expect((await ended).code).toBe(0)
  })
})
