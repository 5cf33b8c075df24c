// Below gRPC: node:http2 answering ready frames, with the trailers of gRPC.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

const [, , one = '', page = ''] = process.argv

function frame(file: string): Buffer {
  const message = readFileSync(file)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const frames = new Map([
  ['/openshift.v1.TaskService/GetTask', frame(one)],
  ['/openshift.v1.TaskService/ListTasks', frame(page)],
])

const server = createServer().on('stream', (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(frames.get(headers[':path'] ?? ''))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
