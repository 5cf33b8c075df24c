// What is recorded of a process when reports get lost.
import { expect, test } from 'vitest'
import { Task, type Task_Status } from '../../gen/openshift/v1/task.js'
import { RecordedProcess } from '../../src/cli/recorded-process.js'
import { CallError } from '../../src/client/call-error.js'

const END = { exitCode: 0, signal: undefined, durationMs: 1500 }

/** A server with one task: what it was asked, and which calls get lost before (`lost`) or after (`unanswered`) they arrive. */
class Server {
  status: Task_Status = 'PENDING'
  readonly asked: string[] = []
  lost = 0
  unanswered = 0

  readonly create = (): Promise<Task> => this.arrive('create', 'PENDING', ['PENDING'])
  readonly update = (): Promise<Task> => this.arrive('update', this.status, ['PENDING', 'RUNNING'])
  readonly start = (): Promise<Task> => this.arrive('start', 'RUNNING', ['PENDING'])
  readonly complete = (): Promise<Task> => this.arrive('complete', 'SUCCEEDED', ['RUNNING'])
  readonly fail = (): Promise<Task> => this.arrive('fail', 'FAILED', ['PENDING', 'RUNNING'])

  private arrive(call: string, next: Task_Status, from: readonly Task_Status[]): Promise<Task> {
    if (this.lost > 0) {
      this.lost -= 1
      return Promise.reject(new CallError('UNAVAILABLE', 'away'))
    }
    this.asked.push(call)
    const { status } = this
    if (!from.includes(status)) {
      return Promise.reject(new CallError('FAILED_PRECONDITION', 'm', { reason: 'STATUS_NOT_ALLOWED', metadata: { status } }))
    }
    this.status = next
    if (this.unanswered > 0) {
      this.unanswered -= 1
      return Promise.reject(new CallError('UNAVAILABLE', 'away'))
    }
    return Promise.resolve(Task.create({ id: 't1' }))
  }
}

function record(server: Server): Promise<RecordedProcess> {
  const task = { command: 'c', summary: '', service: '', createdBy: 'ann', labels: {} }
  return RecordedProcess.create(server, { instance: 'vdc-1', program: 'make', arguments: [], task })
}

test('an end after a start that never arrived makes up for it', async () => {
  const server = new Server()
  const recorded = await record(server)
  server.lost = 1
  await expect(recorded.started(7)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await recorded.ended(7, END)
  expect(server).toMatchObject({ status: 'SUCCEEDED', asked: ['create', 'update', 'start', 'complete'] })
})

test('an end after a start whose answer was lost goes on from there', async () => {
  const server = new Server()
  const recorded = await record(server)
  await server.start()
  server.unanswered = 1
  await expect(recorded.started(7)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await recorded.ended(7, { ...END, exitCode: 3 })
  expect(server.status).toBe('FAILED')
})

test('an end whose answer was lost is refused for the status that it brought about', async () => {
  const server = new Server()
  const recorded = await record(server)
  await recorded.started(7)
  server.unanswered = 1
  await expect(recorded.ended(7, END)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(recorded.ended(7, END)).rejects.toMatchObject({ metadata: { status: 'SUCCEEDED' } })
})
