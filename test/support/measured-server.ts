// A gRPC server in a process of its own that says what it holds: calls that wait and watch, sockets, and heap after a collection.
// Started by startMeasuredServer of server-under-measure.ts.
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { Redactor } from '../../src/api/redaction.js'
import { taskApi } from '../../src/api/task-api.js'
import { taskProducerApi } from '../../src/api/task-producer-api.js'
import { anonymousAuthenticator } from '../../src/auth/anonymous.js'
import { GRPC_LIMITS } from '../../src/limits.js'
import { TaskService } from '../../src/task/task-service.js'
import { counted } from './counted-store.js'
import type { Measure } from './server-under-measure.js'

const [, , path = '', keepalive] = process.argv
if (keepalive !== undefined) Object.assign(GRPC_LIMITS, { keepaliveTimeMs: Number(keepalive), keepaliveTimeoutMs: Number(keepalive) })
const { startGrpcServer } = await import('../../src/grpc/grpc-server.js')

const fail = (error: unknown): never => {
  throw error
}
const { store, calls } = counted(openSqliteStore({ path, makeDirectory: false, onFailure: fail, onDeath: fail }))
const tasks = new TaskService({ store, now: () => new Date(), report: fail })
const methods = [...taskApi(tasks), ...taskProducerApi(tasks, new Redactor([]))]
const { port } = await startGrpcServer({ host: '127.0.0.1', port: 0 }, { methods, dispatcher: new Dispatcher(anonymousAuthenticator, fail), reflection: undefined })

function measure(): Measure {
  globalThis.gc?.()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  return { load: tasks.load, sockets, heapBytes: process.memoryUsage().heapUsed, rssBytes: process.memoryUsage().rss, calls: { ...calls } }
}

process.on('message', () => process.send?.(measure()))
process.on('disconnect', () => process.exit(0))
process.send?.({ address: `127.0.0.1:${port}` })
