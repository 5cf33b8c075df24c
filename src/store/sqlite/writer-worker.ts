// The writer's thread: one request, one transaction, one answer. Waiting for the disk happens here, and what time makes due.
import { parentPort, workerData } from 'node:worker_threads'
import { LEASE_LIMITS } from '../../limits.js'
import { setLimits } from '../../set-limits.js'
import { TaskError } from '../../task/task-error.js'
import type { Written, WriteResult } from '../sql/task-writer.js'
import { openConnection } from './connection.js'
import { stampChange } from './instance-stamps.js'
import { Purge } from './purge.js'
import { asTaskError } from './sqlite-error.js'
import { StampWriter } from './stamp-file.js'
import { StampMemory } from './stamp-memory.js'
import { SqliteTaskWriter } from './task-writer.js'
import { NOBODY, WriteProbe } from './write-probe.js'
import type { WriteOutcome, WriterAnswer, WriterNotice, WriterOptions, WriterRequest } from './writer-protocol.js'

const { path, limits, stamps } = workerData as WriterOptions
setLimits(limits)
const database = openConnection(path, { mayWrite: true })
const counters = typeof stamps === 'string' ? new StampWriter(stamps) : new StampMemory(stamps)
const writer = new SqliteTaskWriter(database, Date.now, counters)
const purge = new Purge(database)
const probe = new WriteProbe(database)
const sweeping = setInterval(sweep, LEASE_LIMITS.sweepIntervalMs)

parentPort?.on('message', (request: WriterRequest) => {
  post(answer(request))
  if (request.kind === 'close') parentPort?.close()
})

function answer(request: WriterRequest): WriterAnswer {
  try {
    const answered = carryOut(request)
    if (request.kind === 'write') probe.observe(true)
    return answered
  } catch (error) {
    probe.observe(false)
    const known = asTaskError(error)
    return { kind: 'failed', error: known instanceof TaskError ? known.toData() : undefined, message: describe(error) }
  }
}

function carryOut(request: WriterRequest): WriterAnswer {
  switch (request.kind) {
    case 'write':
      return { kind: 'written', outcomes: announce(writer.writeAll(request.writes)).map(outcomeOf) }
    case 'setPolicy':
      purge.setPolicy(request.instance, request.policy)
      return { kind: 'done' }
    case 'purge': {
      const now = Date.now()
      const tasks = announce(writer.writeAll(purge.expiries(now))).filter((result) => !(result instanceof TaskError)).length
      return { kind: 'purged', count: { ...purge.removeOld(now), tasks } }
    }
    case 'check':
      probe.run()
      // A commit needs them written as well.
      stampChange(counters, [NOBODY])()
      return { kind: 'done' }
    case 'close':
      clearInterval(sweeping)
      closeDatabase()
      return { kind: 'done' }
  }
}

/** Folds the log into the database file when there is room; otherwise the next one to open it does. */
function closeDatabase(): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // Every acknowledged write is in the log, which stays.
  } finally {
    database.close()
    if (counters instanceof StampWriter) counters.close()
  }
}

function sweep(): void {
  try {
    for (let isDone = false; !isDone; ) {
      const swept = writer.sweep()
      announce(swept)
      isDone = swept.isDone
    }
  } catch (error) {
    post({ kind: 'fault', message: describe(error) })
  }
}

function announce({ results, changed, kinds }: Written): readonly WriteResult[] {
  if (changed.length > 0) post({ kind: 'changed', events: changed, kinds })
  return results
}

function outcomeOf(result: WriteResult): WriteOutcome {
  return result instanceof TaskError ? { error: result.toData() } : { task: result }
}

function post(message: WriterAnswer | WriterNotice): void {
  parentPort?.postMessage(message)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
