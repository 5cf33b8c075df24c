// A server of both task services that answers what a test has written down, for what a real one seldom does.
import { Metadata, Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { TaskProducerServiceService } from '../../gen/openshift/v1/task_producer_service.js'
import { TaskServiceService } from '../../gen/openshift/v1/task_service.js'
import { packAny } from '../../src/base/any.js'

/** Answers of methods, by name; what a function throws is the error of the call. */
export type Script = Readonly<Record<string, (request: unknown) => unknown>>

/** A server that runs. */
export interface ScriptedServer {
  readonly address: string
  close(): void
}

/** FAILED_PRECONDITION with the reason that the real server gives. */
export class Refusal extends Error {
  readonly code = status.FAILED_PRECONDITION
  readonly details: string
  readonly metadata = new Metadata()

  constructor(reason: string) {
    super(reason)
    this.details = reason
    const info = packAny(ErrorInfo, { reason, domain: 'openshift', metadata: {} })
    const encoded = Status.encode(Status.create({ code: this.code, message: reason, details: [info] })).finish()
    this.metadata.set('grpc-status-details-bin', Buffer.from(encoded))
  }
}

/** Starts it on any port. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const server = new Server()
  const methods = Object.entries(script).map(([name, answer]) => [name, handlerOf(answer)] as const)
  for (const service of [TaskProducerServiceService, TaskServiceService]) {
    server.addService(service, Object.fromEntries(methods.filter(([name]) => name in service)))
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
