// The writer's thread: one message, one transaction, one answer. Waiting for the disk happens here.
import { parentPort, workerData } from 'node:worker_threads'
import { TaskError } from '../../task/task-error.js'
import { openConnection } from './connection.js'
import { asTaskError } from './sqlite-error.js'
import { SqliteTaskWriter, type WriteResult } from './task-writer.js'
import type { WriteOutcome, WriterAnswer, WriterOptions, WriterRequest } from './writer-protocol.js'

const { path } = workerData as WriterOptions
const database = openConnection(path, { mayWrite: true })
const writer = new SqliteTaskWriter(database)

parentPort?.on('message', (request: WriterRequest) => {
  parentPort?.postMessage(answer(request))
  if (request.kind === 'close') parentPort?.close()
})

function answer(request: WriterRequest): WriterAnswer {
  try {
    return carryOut(request)
  } catch (error) {
    const known = asTaskError(error)
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { kind: 'failed', error: known instanceof TaskError ? known.toData() : undefined, message }
  }
}

function carryOut(request: WriterRequest): WriterAnswer {
  switch (request.kind) {
    case 'write':
      return { kind: 'written', outcomes: writer.writeAll(request.writes).map(outcomeOf) }
    case 'purge':
      return { kind: 'purged', count: writer.purge() }
    case 'check':
      // Takes the write lock and gives it back: a store that cannot begin cannot write.
      database.transaction(() => undefined).immediate()
      return { kind: 'checked' }
    case 'close':
      database.pragma('wal_checkpoint(TRUNCATE)')
      database.close()
      return { kind: 'closed' }
  }
}

function outcomeOf(result: WriteResult): WriteOutcome {
  return result instanceof TaskError ? { error: result.toData() } : { task: result }
}
