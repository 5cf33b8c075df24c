// A server of both task services that answers what a test has written down, for what a real one seldom does.
import { Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js'
import { ErrorInfo, RetryInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { TaskProducerServiceService } from '../../gen/openshift/v1/task_producer_service.js'
import { TaskServiceService, type WatchTasksRequest, type WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { packAny } from '../../src/base/any.js'

/** Answers of methods, by name; what a function throws is the error of the call. */
export type Script = Readonly<Record<string, (request: unknown) => unknown>>

/** Plays the stream of WatchTasks. */
export type Play = (call: ServerWritableStream<WatchTasksRequest, WatchTasksResponse>) => void

/** A server that runs. */
export interface ScriptedServer {
  readonly address: string
  close(): void
}

interface RefusalOptions {
  /** Default: FAILED_PRECONDITION. */
  readonly code?: status
  readonly retrySeconds?: bigint
}

/** An error with the reason that the real server gives. */
export class Refusal extends Error {
  readonly code: status
  readonly details: string
  readonly metadata = new Metadata()

  constructor(reason: string, { code = status.FAILED_PRECONDITION, retrySeconds }: RefusalOptions = {}) {
    super(reason)
    this.code = code
    this.details = reason
    const info = packAny(ErrorInfo, { reason, domain: 'openshift', metadata: {} })
    const retry = retrySeconds === undefined ? [] : [packAny(RetryInfo, { retryDelay: { seconds: retrySeconds, nanos: 0 } })]
    const encoded = Status.encode(Status.create({ code: this.code, message: reason, details: [info, ...retry] })).finish()
    this.metadata.set('grpc-status-details-bin', Buffer.from(encoded))
  }
}

/** Starts it on any port. */
export async function startScriptedServer(script: Script, watchTasks?: Play): Promise<ScriptedServer> {
  // As many calls on a connection as servers commonly take.
  const server = new Server({ 'grpc.max_concurrent_streams': 100 })
  const methods = Object.entries(script).map(([name, answer]) => [name, handlerOf(answer)] as const)
  for (const service of [TaskProducerServiceService, TaskServiceService]) {
    const handlers = Object.fromEntries(methods.filter(([name]) => name in service))
    server.addService(service, { ...handlers, ...(watchTasks && 'watchTasks' in service && { watchTasks }) })
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() }
}

function handlerOf(answer: (request: unknown) => unknown) {
  return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
    Promise.resolve(call.request).then(answer).then(
      (value) => done(null, value),
      (error: unknown) => done(error as Refusal),
    )
  }
}
