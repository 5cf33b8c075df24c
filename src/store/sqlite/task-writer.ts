// Applies batches of writes, one transaction a batch. Runs in the writer's thread; it is the only one that writes.
import type Database from 'better-sqlite3'
import { STORE_LIMITS } from '../../limits.js'
import type { Task } from '../../../gen/openshift/v1/task.js'
import { TaskError, taskNotFound } from '../../task/task-error.js'
import type { CreateChange, TaskChange, WriteTime } from '../../task/task-change.js'
import type { PurgeCount, StoredTask } from '../../task/task-store.js'
import { madeBefore, planWrite, type WritePlan } from '../../task/write-plan.js'
import { taskColumns } from '../sql/task-row.js'
import { WriterStatements } from './writer-statements.js'

/** What became of one write of a batch. */
export type WriteResult = StoredTask | TaskError

/** Writes tasks, their events and request ids. */
export class SqliteTaskWriter {
  private readonly statements: WriterStatements
  private readonly inTransaction: (writes: readonly TaskChange[]) => WriteResult[]
  private readonly now: () => number

  constructor(database: Database.Database, now: () => number = Date.now) {
    this.statements = new WriterStatements(database)
    const transaction = database.transaction((writes: readonly TaskChange[]) => writes.map((write) => this.apply(write)))
    this.inTransaction = (writes) => transaction.immediate(writes)
    this.now = now
  }

  /** Applies `writes` in order, durably, all at once; one that is refused leaves the others be. Throws what SQLite throws. */
  writeAll(writes: readonly TaskChange[]): WriteResult[] {
    return this.inTransaction(writes)
  }

  /** Removes what is past its time, at most STORE_LIMITS.purgeRows rows of each kind. */
  purge(): PurgeCount {
    const now = this.now()
    return {
      requests: this.statements.purgeRequests.run(now - STORE_LIMITS.requestIdMemoryMs, STORE_LIMITS.purgeRows).changes,
      events: this.statements.purgeEvents.run(now - STORE_LIMITS.historyMs, STORE_LIMITS.purgeRows).changes,
    }
  }

  private apply(write: TaskChange): WriteResult {
    try {
      const { change } = write
      const earlier = change.kind === 'create' ? this.findMade(write, change) : undefined
      return earlier ?? this.carryOut(write)
    } catch (error) {
      // A refusal comes before the first statement that writes, so the batch goes on.
      if (error instanceof TaskError) return error
      throw error
    }
  }

  /** The task that the same request made before. */
  private findMade(write: TaskChange, create: CreateChange): StoredTask | undefined {
    if (create.request === undefined) return undefined
    const row = this.statements.getRequest.get(write.instance, create.request.id)
    const made = row && { taskId: row.task_id, hash: row.hash, madeAt: new Date(Number(row.made_at)) }
    const taskId = madeBefore(create, made, new Date(this.now()))
    if (taskId === undefined) return undefined
    const task = this.statements.getTask.get(write.instance, taskId)
    if (task === undefined) throw taskNotFound(taskId)
    return task
  }

  private carryOut(write: TaskChange): StoredTask {
    const stored = write.change.kind === 'create' ? undefined : this.statements.getTask.get(write.instance, write.taskId)
    const time = this.nextTime(write)
    const plan = planWrite(write, stored?.encoded, time)
    this.statements.putInstance.run(write.instance, time.revision, time.at.getTime())
    this.store(plan, time)
    this.log(write, plan, time)
    if (write.change.kind === 'create') this.remember(write, write.change, time)
    return { encoded: plan.encoded, revision: time.revision }
  }

  private nextTime({ instance }: TaskChange): WriteTime {
    const last = this.statements.getInstance.get(instance)
    const at = Math.max(this.now(), Number(last?.modified_at ?? 0n))
    return { revision: (last?.revision ?? 0n) + 1n, at: new Date(at) }
  }

  private store({ effect, task, before, encoded }: WritePlan, { revision }: WriteTime): void {
    const { statements } = this
    if (effect === 'remove') {
      statements.deleteLabels.run(task.serviceInstanceId, task.id)
      statements.deleteTask.run(task.serviceInstanceId, task.id)
    } else if (effect === 'insert') {
      statements.insertTask.run({ ...taskColumns(task), created_revision: revision, encoded })
      this.insertLabels(task)
    } else {
      statements.updateTask.run({ ...taskColumns(task), encoded })
      if (before !== undefined && haveSameLabels(before, task)) return
      statements.deleteLabels.run(task.serviceInstanceId, task.id)
      this.insertLabels(task)
    }
  }

  private insertLabels(task: Task): void {
    for (const [key, value] of Object.entries(task.labels)) {
      this.statements.insertLabel.run(key, value, task.serviceInstanceId, task.id)
    }
  }

  private log(write: TaskChange, plan: WritePlan, { revision, at }: WriteTime): void {
    this.statements.insertEvent.run({
      service_instance_id: write.instance,
      revision,
      task_id: write.taskId,
      kind: write.change.kind,
      actor: write.actor,
      at: at.getTime(),
      status_from: plan.before?.status ?? null,
      status_to: plan.effect === 'remove' ? null : plan.task.status,
      encoded: plan.encoded,
    })
  }

  private remember(write: TaskChange, { request }: CreateChange, { at }: WriteTime): void {
    if (request === undefined) return
    this.statements.putRequest.run(write.instance, request.id, write.taskId, request.hash, at.getTime())
  }
}

/** Labels are kept in the order of their keys. */
function haveSameLabels(a: Task, b: Task): boolean {
  return JSON.stringify(a.labels) === JSON.stringify(b.labels)
}
