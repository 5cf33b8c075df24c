// Carries out for another process what it asks a writer: with the store of this one, so that all writes share its batches.
import { TaskError } from '../../task/task-error.js'
import type { TaskChange } from '../../task/task-change.js'
import type { TaskStore } from '../../task/task-store.js'
import type { WriteOutcome, WriterAnswer, WriterRequest } from './writer-protocol.js'

/** The answer of `store` to `request`; never rejects. To close is not for others: `done`, and nothing is closed. */
export async function answerRequest(store: TaskStore, request: WriterRequest): Promise<WriterAnswer> {
  try {
    return await carryOut(store, request)
  } catch (error) {
    return { kind: 'failed', error: error instanceof TaskError ? error.toData() : undefined, message: String(error) }
  }
}

async function carryOut(store: TaskStore, request: WriterRequest): Promise<WriterAnswer> {
  switch (request.kind) {
    case 'write':
      return { kind: 'written', outcomes: await Promise.all(request.writes.map((change) => write(store, change))) }
    case 'setPolicy':
      await store.setRetentionPolicy(request.instance, request.policy)
      return { kind: 'done' }
    case 'purge':
      return { kind: 'purged', count: await store.purge() }
    case 'check':
      await store.check()
      return { kind: 'done' }
    case 'close':
      return { kind: 'done' }
  }
}

async function write(store: TaskStore, change: TaskChange): Promise<WriteOutcome> {
  try {
    return { task: await store.write(change) }
  } catch (error) {
    if (error instanceof TaskError) return { error: error.toData() }
    throw error
  }
}
