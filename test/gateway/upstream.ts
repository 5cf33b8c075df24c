// A gRPC server that is not of this project's making: grpc-js over definitions that proto-loader reads from the test protos.
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { PROTO_PATHS } from './schema.js'

type Plain = Record<string, unknown>

/** A server that listens, and what it saw. */
export interface Upstream {
  /** host:port */
  readonly address: string
  readonly server: Server
  /** Metadata of the last call, and how many calls and messages there were. */
  readonly seen: { metadata: Metadata; slow: number; cancelled: number; sent: number }
  close(): void
}

/** Starts the shop on a loopback port. */
export async function startUpstream(extend: (server: Server) => void = () => undefined): Promise<Upstream> {
  const definitions = loadSync('shop/v1/shop.proto', {
    keepCase: true,
    longs: String,
    enums: String,
    defaults: false,
    oneofs: true,
    includeDirs: [...PROTO_PATHS],
  })
  const server = new Server()
  const seen = { metadata: new Metadata(), slow: 0, cancelled: 0, sent: 0 }
  server.addService(definitions['shop.v1.ShopService'] as ServiceDefinition, implementation(seen))
  extend(server)
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return { address: `127.0.0.1:${port}`, server, seen, close: () => server.forceShutdown() }
}

function implementation(seen: Upstream['seen']): UntypedServiceImplementation {
  return {
    GetItem(call: ServerUnaryCall<Plain, Plain>, callback: sendUnaryData<Plain>) {
      seen.metadata = call.metadata
      call.on('cancelled', () => (seen.cancelled += 1))
      const { name } = call.request
      if (name === 'shelves/1/items/slow') {
        seen.slow += 1
        return
      }
      if (name === 'shelves/1/items/missing') {
        callback({ code: status.NOT_FOUND, details: 'No such item', metadata: richMetadata() })
        return
      }
      const headers = new Metadata()
      headers.set('x-shelf', '1')
      if (name === 'shelves/1/items/new') headers.set('x-http-code', '201')
      call.sendMetadata(headers)
      const trailers = new Metadata()
      trailers.set('x-count', '2')
      callback(null, { name, title: 'x'.repeat(3000), price: '9007199254740993', etag: '7' }, trailers)
    },
    UpdateItem(call: ServerUnaryCall<{ item: Plain }, Plain>, callback: sendUnaryData<Plain>) {
      if (call.request.item['etag'] === '"old"') callback({ code: status.ABORTED, details: 'Changed since' })
      else callback(null, call.request.item)
    },
    MoveItem(call: ServerUnaryCall<Plain, Plain>, callback: sendUnaryData<Plain>) {
      callback(null, { name: call.request['to'], etag: call.request['etag'] })
    },
    Watch(call: ServerWritableStream<Plain, Plain>) {
      watch(call, seen)
    },
    Import(call: ServerReadableStream<{ parent: string; item: Plain }, Plain>, callback: sendUnaryData<Plain>) {
      const names: string[] = []
      call.on('data', (request: { parent: string; item: Plain }) => names.push(`${request.parent}/${String(request.item['title'])}`))
      call.on('end', () => callback(null, { names }))
    },
    Chat(call: ServerDuplexStream<{ item: Plain }, Plain>) {
      call.on('data', (request: { item: Plain }) => call.write({ title: `re: ${String(request.item['title'])}` }))
      call.on('end', () => call.end())
    },
    PutPicture(call: ServerUnaryCall<{ picture: Plain }, Plain>, callback: sendUnaryData<Plain>) {
      callback(null, call.request.picture)
    },
    UploadPicture(call: ServerReadableStream<{ name: string; picture: { content_type: string; data?: Buffer } }, Plain>, callback: sendUnaryData<Plain>) {
      const parts: string[] = []
      let bytes = 0
      call.on('data', ({ name, picture }: { name: string; picture: { content_type: string; data?: Buffer } }) => {
        parts.push(`${name} ${picture.content_type}`)
        bytes += picture.data?.length ?? 0
      })
      call.on('end', () => callback(null, { names: [...new Set(parts), String(bytes)] }))
    },
    GetPicture(call: ServerWritableStream<Plain, Plain>) {
      call.write({ content_type: 'image/png', data: Buffer.from([0x89, 0x50]) })
      call.write({ data: Buffer.from([0x00, 0xff]) })
      call.end()
    },
  }
}

/** What a shelf shows depends on its name. */
function watch(call: ServerWritableStream<Plain, Plain>, seen: Upstream['seen']): void {
  const { parent } = call.request
  call.on('cancelled', () => (seen.cancelled += 1))
  if (parent === 'shelves/forbidden') {
    call.emit('error', { code: status.PERMISSION_DENIED, details: 'Not yours' })
  } else if (parent === 'shelves/silent') {
    return
  } else if (parent === 'shelves/breaking') {
    call.write({ name: 'a' })
    setTimeout(() => call.emit('error', { code: status.UNAVAILABLE, details: 'Going away', metadata: richMetadata() }), 20)
  } else if (parent === 'shelves/endless') {
    const more = (): void => {
      if (call.cancelled || call.destroyed) return
      seen.sent += 1
      if (call.write({ name: String(seen.sent), title: 'y'.repeat(10_000) })) setImmediate(more)
      else call.once('drain', more)
    }
    more()
  } else {
    call.write({ name: 'a', etag: 'r-a' })
    call.write({ name: 'b', etag: '"r\n' })
    call.end()
  }
}

/** An ErrorInfo and a detail of a type that nobody knows. */
function richMetadata(): Metadata {
  const any = (url: string, value: readonly number[]): number[] => [0x0a, url.length, ...Buffer.from(url), 0x12, value.length, ...value]
  const info = any('type.googleapis.com/google.rpc.ErrorInfo', [0x0a, 4, ...Buffer.from('GONE'), 0x12, 4, ...Buffer.from('shop')])
  const odd = any('example.com/odd.Type', [1, 2])
  const metadata = new Metadata()
  metadata.set(
    'grpc-status-details-bin',
    Buffer.from([0x08, 5, 0x12, 12, ...Buffer.from('No such item'), 0x1a, info.length, ...info, 0x1a, odd.length, ...odd]),
  )
  return metadata
}
