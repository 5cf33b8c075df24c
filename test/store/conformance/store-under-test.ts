// What the suites about the life of tasks have in common: a store with a clock, opened for each test, and words to ask it with.
import { afterEach, beforeEach } from 'vitest'
import type { Task } from '../../../gen/openshift/v1/task.js'
import type { TaskEvent } from '../../../gen/openshift/v1/task_event.js'
import type { TaskId } from '../../../src/task/identifiers.js'
import type { TaskChange } from '../../../src/task/task-change.js'
import type { ClockedStore } from '../../support/clocked-store.js'
import { decode, INSTANCE } from '../../support/task-changes.js'

/** Opens a store, new and empty. */
export type OpenClocked = () => ClockedStore | Promise<ClockedStore>

/** A store for each test of the suite that calls this. */
export class StoreUnderTest {
  private opened: ClockedStore | undefined

  constructor(open: OpenClocked) {
    beforeEach(async () => {
      this.opened = await open()
    })
    afterEach(() => this.store.close())
  }

  get store(): ClockedStore {
    if (this.opened === undefined) throw new Error('Only inside of tests')
    return this.opened
  }

  /** Makes the changes, one after the other; the task of the last. */
  async made(...changes: TaskChange[]): Promise<Task> {
    let task: Task | undefined
    for (const change of changes) task = decode(await this.store.write(change))
    if (task === undefined) throw new Error('Nothing was written')
    return task
  }

  /** The reason that a change is refused with, `CODE REASON`. */
  async refused(change: TaskChange): Promise<string> {
    const error = await this.store.write(change).then(
      () => ({ code: 'OK', reason: '' }),
      (thrown: unknown) => thrown as { code: string; reason: string },
    )
    return `${error.code} ${error.reason}`.trim()
  }

  async task(id: string): Promise<Task> {
    const stored = await this.store.get(INSTANCE, id as TaskId)
    if (stored === undefined) throw new Error(`There is no ${id}`)
    return decode(stored)
  }

  /** The events of a task, or of all, oldest first. */
  async events(id?: string): Promise<TaskEvent[]> {
    const stored = await this.store.events(INSTANCE, { taskId: id as TaskId | undefined, after: 0n, limit: 1000 })
    return stored.map(({ event }) => event)
  }

  async kinds(id?: string): Promise<string[]> {
    return (await this.events(id)).map(({ kind }) => kind)
  }
}
