// The command line as people follow and steer work with it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { LiveTable } from '../../src/cli/live-table.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { roundThatKeeps } from '../support/in-one-round.js'
import { runProgram, runTaskplane, type Ended } from '../support/program.js'
import { MAIN, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'

const serviceInstanceId = 'follow'
const directory = suiteDirectory()
let server: ServerProcess
let client: TaskplaneClient

beforeAll(async () => {
  server = await startServer(directory())
  client = new TaskplaneClient(server.addresses.grpc)
})

afterAll(async () => {
  client.close()
  expect(await server.stop()).toBe(0)
})

function cli(args: readonly string[], onOutput?: (soFar: string, pid: number) => void): Promise<Ended> {
  const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc, TASKPLANE_INSTANCE: serviceInstanceId }
  return runTaskplane(args, { env, ...(onOutput && { onOutput }) })
}

async function started(task: Partial<Task> = {}): Promise<string> {
  const { id } = await client.create({ serviceInstanceId, task: Task.create({ command: 'cluster.create', ...task }) })
  await client.start({ serviceInstanceId, taskId: id })
  return id
}

describe('wait', () => {
  test('tells by its exit code how a task ended', async () => {
    const [good, bad, gone] = [await started(), await started(), await started({ cancelSupported: true })]
    const waiting = [good, bad, gone].map((id) => cli(['wait', id]))
    await client.complete({ serviceInstanceId, taskId: good })
    await client.fail({ serviceInstanceId, taskId: bad, error: { code: 13, message: 'm', details: [] } })
    await client.cancel({ serviceInstanceId, taskId: gone })
    await client.acknowledgeCancel({ serviceInstanceId, taskId: gone })
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual([0, 1, 3])
  })

  test('gives up after its timeout and shows the task as it is', async () => {
    const id = await started()
    // The last look has its time too, after which the exit code is all there is.
    const { stdout } = await roundThatKeeps(
      (ended) => ended.stdout !== '',
      async () => {
        const ended = await cli(['wait', id, '--timeout', '0.2'])
        expect(ended.code).toBe(124)
        return ended
      },
    )
    expect(stdout).toContain('RUNNING')
  })

  test('gives up after its timeout although the server is away', async () => {
    const ended = await runTaskplane(['wait', 'x', '--timeout', '0.2', '--instance', 'i', '--grpc-address', '127.0.0.1:1'])
    expect(ended).toMatchObject({ code: 124, stdout: '' })
    expect(ended.stderr).toMatch(/^taskplane: [A-Z_]+: /)
  })

  test('refuses what is no task and no time', async () => {
    for (const timeout of ['Infinity', '2147484', '-1']) {
      expect((await cli(['wait', 'x', '--timeout', timeout])).stderr).toContain('expected seconds, 0 to 2147483')
    }
    expect((await cli(['wait', 'missing'])).stderr).toContain('NOT_FOUND')
    expect((await cli(['wait', 'x', '--timeout', 'soon'])).stderr).toContain('--timeout soon')
  })
})

describe('cancel, pause and resume', () => {
  test('ask, and show what became of it', async () => {
    const id = await started({ cancelSupported: true, pauseSupported: true })
    expect((await cli(['pause', id, '--reason', 'later'])).stdout).toContain('PAUSING')
    expect((await cli(['resume', id])).stdout).toContain('RUNNING')
    expect((await cli(['cancel', id, '--reason', 'wrong cluster'])).stdout).toContain('CANCELLING')
    const { stdout } = await cli(['events', id])
    expect(stdout).toMatch(/PAUSE_REQUESTED +RUNNING +PAUSING +anonymous +later/)
    expect(stdout).toMatch(/CANCEL_REQUESTED +RUNNING +CANCELLING +anonymous +wrong cluster/)
  })

  test('are refused when the producer does not support them', async () => {
    const id = await started()
    for (const verb of ['cancel', 'pause', 'resume']) {
      const ended = await cli([verb, id])
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toContain('FAILED_PRECONDITION')
    }
  })
})

test('events are shown as JSON on request', async () => {
  const { stdout } = await cli(['events', await started(), '--output', 'json'])
  expect(JSON.parse(stdout)).toMatchObject({ events: [{ kind: 'CREATED', to: 'PENDING' }, { kind: 'STARTED', to: 'RUNNING' }] })
})

test('tree shows the parts of a task in their order', async () => {
  const root = await started({ summary: 'all of it' })
  const second = await started({ parentTaskId: root, orderHint: 2, summary: 'second' })
  await started({ parentTaskId: root, orderHint: 1, summary: 'first', progressPercent: 5 })
  await started({ parentTaskId: second, summary: 'deeper' })
  const { stdout } = await cli(['tree', root])
  expect(stdout.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')).toBe(
    'cluster.create RUNNING  ID  all of it\n' +
      '├─ cluster.create RUNNING 5%  ID  first\n' +
      '└─ cluster.create RUNNING  ID  second\n' +
      '   └─ cluster.create RUNNING  ID  deeper\n',
  )
})

test('watch shows a line of JSON for each change until it is interrupted', async () => {
  const id = await started({ labels: { watched: 'yes' } })
  let hasBegun: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve
  })
  const watching = cli(['watch', '--filter', 'labels.watched = yes', '--output', 'json'], (soFar, pid) => {
    // The snapshot and the bookmark after it, then what happens.
    const lines = soFar.split('\n').length - 1
    if (lines === 2) hasBegun()
    if (lines === 3) process.kill(pid, 'SIGTERM')
  })
  await begun
  const { revision } = await client.complete({ serviceInstanceId, taskId: id })
  const { code, stdout } = await watching
  expect(code).toBe(0)
  const answers = stdout.trim().split('\n').map((line) => JSON.parse(line) as unknown)
  expect(answers).toMatchObject([
    { task: { id, status: 'RUNNING' }, matches: true },
    { revision: String(revision - 1n) },
    { revision: String(revision), event: { kind: 'SUCCEEDED' }, task: { id }, matches: true },
  ])
})

test('watch ends when nobody reads it any more', async () => {
  const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc, TASKPLANE_INSTANCE: serviceInstanceId }
  let hasBegun: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (hasBegun = resolve))
  const ended = new AbortController()
  const command = ['-c', '"$@" | head -1', 'sh', process.execPath, MAIN, 'watch', '-o', 'json']
  const watching = runProgram('sh', command, { env, onOutput: () => hasBegun() }).finally(() => ended.abort())
  await begun
  for (let writes = 0; !ended.signal.aborted && writes < 2000; writes += 1) await started()
  expect(ended.signal.aborted).toBe(true)
  expect(await watching).toMatchObject({ code: 0, stderr: '' })
})

describe('the live table', () => {
  function screenOf(isTTY: boolean): { screen: { isTTY: boolean; rows: number; columns: number; write(text: string): void }; text: () => string } {
    let written = ''
    const write = (text: string): void => {
      written += text
    }
    return { screen: { isTTY, rows: 5, columns: 80, write }, text: () => written }
  }
  const task = (id: string, progressPercent: number): Task =>
    Task.create({ id, command: 'c', status: 'RUNNING', progressPercent, createdAt: new Date(0), summary: 'a\u001bb' })

  test('draws progress bars in place, no more than fit, and no text of others as it is', () => {
    const { screen, text } = screenOf(true)
    const table = new LiveTable(screen)
    for (let index = 0; index < 5; index += 1) table.put(task(`t${index}`, 50))
    table.end()
    table.remove('t4', 'DELETED')
    table.end()
    expect(text()).toContain('[##########..........]  50%')
    expect(text()).toContain('and 2 more')
    expect(text()).toContain('\u001b[4A')
    expect(text()).not.toContain('a\u001bb')
  })

  test('forgets tasks that ended long ago, and none that goes on', () => {
    const { screen, text } = screenOf(true)
    const table = new LiveTable(screen)
    table.put(task('running', 50))
    for (let index = 0; index < 1005; index += 1) table.put({ ...task(`t${index}`, 100), status: 'SUCCEEDED' })
    table.end()
    expect(text()).toContain('running')
    expect(text()).toContain('and 998 more')
  })

  test('writes a line for each change where there is no terminal', () => {
    const { screen, text } = screenOf(false)
    const table = new LiveTable(screen)
    table.put(task('t1', 100))
    table.remove('t1', 'DELETED')
    table.end()
    expect(text().split('\n')).toEqual([expect.stringContaining('[####################] 100%'), 't1  DELETED', ''])
  })
})

describe('a program that runs as a task', () => {
  const run = (script: string, options: { onOutput?: (soFar: string, pid: number) => void } = {}): Promise<Ended> =>
    cli(['run', '--command', 'long', '--', 'sh', '-c', script], options.onOutput)

  /** Begins a run; `firstWords` resolves with what it says first. */
  function begin(script: string): { ended: Promise<Ended>; firstWords: Promise<string> } {
    let onOutput: (soFar: string) => void = () => undefined
    const firstWords = new Promise<string>((resolve) => (onOutput = resolve))
    return { ended: run(script, { onOutput }), firstWords }
  }

  /** The task of the run that printed last. */
  async function taskOf(filter: string): Promise<Task> {
    const { tasks } = await client.list({ serviceInstanceId, filter, pageSize: 1 })
    const [task] = tasks
    if (task === undefined) throw new Error(`No task of ${filter}`)
    return task
  }

  test('is ended when the task is cancelled from anywhere', { timeout: 60_000 }, async () => {
    const { ended, firstWords } = begin('trap "exit 9" TERM; echo begun; while :; do sleep 0.1; done')
    expect(await firstWords).toBe('begun\n')
    const { id } = await taskOf('command = long AND status = RUNNING')
    await client.cancel({ serviceInstanceId, taskId: id, reason: 'enough' })
    expect((await ended).code).toBe(9)
    expect(await taskOf('command = long')).toMatchObject({
      status: 'CANCELLED',
      endReason: 'USER_CANCEL',
      cancelRequest: { state: 'ACKNOWLEDGED', reason: 'enough' },
    })
  })

  test('takes what it has started along when it is cancelled', { timeout: 60_000 }, async () => {
    const { ended, firstWords } = begin('trap "wait; exit 9" TERM; sleep 40 & echo $!; wait; wait')
    const sleeper = Number(await firstWords)
    const { id } = await taskOf('command = long AND status = RUNNING')
    await client.cancel({ serviceInstanceId, taskId: id })
    // The program ends by itself once its child has, and not by SIGKILL.
    expect((await ended).code).toBe(9)
    expect(() => process.kill(sleeper, 0)).toThrow('ESRCH')
    expect(await taskOf('command = long')).toMatchObject({ status: 'CANCELLED', endReason: 'USER_CANCEL' })
  })

  test('fails with OWNER_LOST in time when its keeper is killed', { timeout: 90_000 }, async () => {
    let programPid = 0
    const ended = run('echo $$; exec sleep 60', {
      onOutput: (soFar, pid) => {
        programPid = Number(soFar)
        process.kill(pid, 'SIGKILL')
      },
    })
    await ended
    process.kill(programPid, 'SIGKILL')
    const { id, lease } = await taskOf('command = long AND status = RUNNING')
    const began = Date.now()
    let task = await client.wait({ serviceInstanceId, taskId: id })
    while (task.status === 'RUNNING') task = await client.wait({ serviceInstanceId, taskId: id })
    expect(task).toMatchObject({ status: 'FAILED', endReason: 'OWNER_LOST', lease: undefined })
    expect(task.endedAt?.getTime()).toBeGreaterThanOrEqual(lease?.expiresAt?.getTime() ?? Infinity)
    expect(Date.now() - began).toBeLessThan(25_000)
  })
})
