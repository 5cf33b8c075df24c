// The command line as a client: tasks recorded by hand, and programs recorded as they run.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram, runTaskplane, type Ended } from '../support/program.js'
import { MAIN, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'

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

/** Runs `taskplane ARGS | READER`. */
function piped(instance: string, args: readonly string[], reader: string): Promise<Ended> {
  const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc, TASKPLANE_INSTANCE: instance }
  return runProgram('sh', ['-c', `"$@" | ${reader}`, 'sh', process.execPath, MAIN, ...args], { env })
}

describe('by hand', () => {
  test('tasks are counted', async () => {
    expect(await json('counted', ['count'])).toEqual({ total: '0' })
    await json('counted', ['create', '--command', 'c'])
    expect((await cli('counted', ['count'])).stdout).toBe('STATUS   TASKS\nPENDING  1\nall      1\n')
  })

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
    expect((await cli('pages', ['list', '--limit', '3000000000'])).stdout.trim().split('\n')).toHaveLength(4)
    for (const limit of ['0', '-1', '1.5', '0x10', '1e3', '', ' 1', '9007199254740993']) {
      expect((await cli('pages', ['list', '--limit', limit])).stderr).toContain('expected a whole number, 1 or more')
    }
  })

  test('a reader that leaves is no failure', async () => {
    await json('leaving', ['create', '--command', 'c'])
    expect(await piped('leaving', ['list'], 'true')).toMatchObject({ stderr: '' })
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
    const done = join(temporaryDirectory(), 'done')
    const script = 'echo ::progress 30 copying; while [ ! -e "$0" ]; do sleep 0.05; done'
    const ended = cli('running', ['run', '--command', 'c', '--', 'sh', '-c', script, done])
    let task: TaskJson | undefined
    while (task?.['progressPercent'] !== 30) [task] = await listed('running')
    expect(task).toMatchObject({ status: 'RUNNING', statusDetails: [{ title: 'copying', detail: 'copying' }] })
    writeFileSync(done, '')
    expect((await ended).code).toBe(0)
  })

  test('reads progress from both outputs', async () => {
    const script = 'echo ::progress 10 out; sleep 0.4; echo ::progress 20 err >&2; while [ ! -e "$0" ]; do sleep 0.05; done'
    const done = join(temporaryDirectory(), 'done')
    const ended = cli('both', ['run', '--command', 'c', '--', 'sh', '-c', script, done])
    let task: TaskJson | undefined
    while (task?.['progressPercent'] !== 20) [task] = await listed('both')
    writeFileSync(done, '')
    expect(await ended).toMatchObject({ code: 0, stdout: '::progress 10 out\n' })
    expect((await ended).stderr).toMatch(/^taskplane: task \S+\n::progress 20 err\n$/)
  })

  test('says nothing of its own, however much progress there is', async () => {
    const { stderr } = await run('much', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo ::progress $i; sleep 0.26; done')
    expect(stderr).toMatch(/^taskplane: task \S+\n$/)
  })

  test('records a program whose output nobody reads', async () => {
    const script = 'sleep 0.2; for i in 1 2 3; do echo out; echo err >&2; done; exit 3'
    expect((await piped('unread', ['run', '--command', 'c', '--', 'sh', '-c', script], 'true')).stderr).toMatch(/^taskplane: task \S+\n(err\n)+$/)
    expect(await listed('unread')).toMatchObject([{ status: 'FAILED', error: { message: 'sh exited with code 3' } }])
  })

  test('does not wait for what a program leaves behind', async () => {
    const began = performance.now()
    expect((await run('left', 'sleep 40 & echo ::progress 50; echo out')).stdout).toBe('::progress 50\nout\n')
    expect(performance.now() - began).toBeLessThan(30_000)
    const [task] = await listed('left')
    expect((task?.['response'] as { duration: string }).duration).toMatch(/^\d\.\d+s$/)
  })

  test('passes the signals of a terminal on when there is none', async () => {
    const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc, TASKPLANE_INSTANCE: 'interrupted' }
    const script = 'trap "exit 6" INT; echo ::progress 10; while :; do sleep 0.1; done'
    let pid = 0
    const ended = runTaskplane(['run', '--command', 'c', '--', 'sh', '-c', script], { env, detached: true, onStart: (id) => (pid = id) })
    let task: TaskJson | undefined
    while (task?.['progressPercent'] !== 10) [task] = await listed('interrupted')
    process.kill(pid, 'SIGINT')
    expect((await ended).code).toBe(6)
  })

  test('records an end that comes while the server is away, whoever tells it to stop meanwhile', async () => {
    const home = temporaryDirectory()
    const first = await startServer(home)
    const grpcAddress = first.addresses.grpc
    const env = { TASKPLANE_GRPC_ADDRESS: grpcAddress, TASKPLANE_INSTANCE: 'away' }
    const done = join(home, 'done')
    let pid = 0
    let stderr = ''
    let onText: () => void = () => undefined
    const seen = async (text: string): Promise<void> => {
      while (!stderr.includes(text)) await new Promise<void>((resolve) => (onText = resolve))
    }
    const script = 'echo running >&2; while [ ! -e "$0" ]; do sleep 0.05; done; exit 4'
    const ended = runTaskplane(['run', '--command', 'c', '--', 'sh', '-c', script, done], {
      env,
      onStart: (id) => (pid = id),
      onErrorText: (text) => {
        stderr += text
        onText()
      },
    })
    await seen('running')
    await first.stop('SIGKILL')
    writeFileSync(done, '')
    await seen('could not record the end yet, and goes on trying: UNAVAILABLE')
    process.kill(pid, 'SIGTERM')
    const second = await startServer(home, { at: first.addresses })
    expect((await ended).code).toBe(4)
    const { stdout } = await runTaskplane(['list', '--output', 'json'], { env })
    expect(JSON.parse(stdout)).toMatchObject({ tasks: [{ status: 'FAILED', error: { message: 'sh exited with code 4' }, startedAt: expect.any(String) as string }] })
    expect(await second.stop()).toBe(0)
  })
})
