// The floor of gRPC: grpc-js answering bytes that are ready.
import { readFileSync } from 'node:fs'
import { Server, ServerCredentials, type handleUnaryCall, type MethodDefinition } from '@grpc/grpc-js'

const [, , one = '', page = ''] = process.argv
const bytes = { requestSerialize: (value: Buffer) => value, requestDeserialize: (value: Buffer) => value }

function method(name: string): MethodDefinition<Buffer, Buffer> {
  const answers = { responseSerialize: (value: Buffer) => value, responseDeserialize: (value: Buffer) => value }
  return { path: `/openshift.v1.TaskService/${name}`, requestStream: false, responseStream: false, ...bytes, ...answers }
}

function constant(file: string): handleUnaryCall<Buffer, Buffer> {
  const body = readFileSync(file)
  return (_call, callback) => callback(null, body)
}

const server = new Server()
server.addService({ GetTask: method('GetTask'), ListTasks: method('ListTasks') }, { GetTask: constant(one), ListTasks: constant(page) })
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  process.stdout.write(`${port}\n`)
})
