// The gRPC port: runs the API's methods, health and reflection under @grpc/grpc-js, within limits it does not set itself.
import {
  Server,
  ServerCredentials,
  setLogger,
  type MethodDefinition,
  type ServerOptions,
  type UntypedServiceImplementation,
  type handleServerStreamingCall,
} from '@grpc/grpc-js'
import type { DescService } from '@bufbuild/protobuf'
import { HealthImplementation } from 'grpc-health-check'
import type { ApiMethod } from '../api/api-method.js'
import type { Dispatcher } from '../api/dispatcher.js'
import type { Authenticator } from '../auth/authenticator.js'
import type { ServerTls } from '../auth/server-tls.js'
import { ownDescriptorSet, ownSchema } from '../base/proto-json/type-source.js'
import { GRPC_LIMITS } from '../limits.js'
import { ConnectionGate } from './connection-gate.js'
import { OpenStreams } from './open-streams.js'
import { addReflection } from './reflection.js'
import { streamHandler } from './stream-handler.js'
import { unaryHandler } from './unary-handler.js'

/** The limits of the port in the words of grpc-js. */
const serverOptions = (): ServerOptions => ({
  'grpc.max_concurrent_streams': GRPC_LIMITS.concurrentStreams,
  'grpc-node.max_session_memory': GRPC_LIMITS.sessionMemoryMb,
  'grpc.max_receive_message_length': GRPC_LIMITS.receiveBytes,
  'grpc.max_send_message_length': GRPC_LIMITS.sendBytes,
  'grpc.keepalive_time_ms': GRPC_LIMITS.keepaliveTimeMs,
  'grpc.keepalive_timeout_ms': GRPC_LIMITS.keepaliveTimeoutMs,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_connection_idle_ms': GRPC_LIMITS.connectionIdleMs,
  'grpc.max_connection_age_ms': GRPC_LIMITS.connectionAgeMs,
  'grpc.max_connection_age_grace_ms': GRPC_LIMITS.connectionAgeGraceMs,
  // Counts every call and message again, for nobody: our own metrics say more.
  'grpc.enable_channelz': 0,
})

/** A gRPC server, listening. */
export interface GrpcServer {
  readonly port: number
  /** Open connections now. */
  readonly connections: number
  /** What the health service says from now on, until the server drains. */
  setServing(isServing: boolean): void
  /** Says NOT_SERVING, takes no new connections or calls, and resolves when those that run have ended. */
  drain(): Promise<void>
  /** Ends every connection. */
  close(): void
}

/** What a gRPC server serves. */
export interface GrpcServerParts {
  readonly methods: readonly ApiMethod[]
  readonly dispatcher: Dispatcher
  /** Whom reflection answers; undefined for no reflection. */
  readonly reflection: Authenticator | undefined
  /** Undefined for none. */
  readonly tls?: ServerTls | undefined
}

/** Listens on `address` (port 0 takes any). Rejects when it cannot. */
export async function startGrpcServer(
  address: { readonly host: string; readonly port: number },
  { methods, dispatcher, reflection, tls }: GrpcServerParts,
): Promise<GrpcServer> {
  quietLogger()
  const server = new Server(serverOptions())
  const services = [...new Set(methods.map(({ descriptor }) => descriptor.parent))]
  for (const service of services) addService(server, service, methods, dispatcher)
  const names = services.map(({ typeName }) => typeName)
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'SERVING'])))
  const streams = new OpenStreams()
  addHealth(server, health, streams)
  if (reflection !== undefined) {
    const schema = { descriptorSet: ownDescriptorSet(), registry: ownSchema(), services: [...names, 'grpc.health.v1.Health'] }
    addReflection(server, { streams, authenticator: reflection }, schema)
  }
  // TLS is done when a connection gets there.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const gate = new ConnectionGate(GRPC_LIMITS, (socket) => injector.injectConnection(socket), tls)
  const port = await gate.listen(address)
  let status: 'SERVING' | 'NOT_SERVING' = 'SERVING'
  let isDraining = false
  const tell = (next: typeof status): void => {
    // Watchers hear of changes only.
    if (next === status || isDraining) return
    status = next
    for (const name of ['', ...names]) health.setStatus(name, status)
  }
  return {
    port,
    get connections() {
      return gate.connections
    },
    setServing: (isServing) => tell(isServing ? 'SERVING' : 'NOT_SERVING'),
    drain() {
      tell('NOT_SERVING')
      isDraining = true
      gate.shut()
      streams.endAll()
      return new Promise((resolve) => {
        server.tryShutdown(() => resolve())
      })
    },
    close() {
      server.forceShutdown()
      gate.close()
    },
  }
}

function addHealth(server: Server, health: HealthImplementation, streams: OpenStreams): void {
  health.addToServer({
    addService(service, implementation) {
      const watch: handleServerStreamingCall<unknown, unknown> = (call) => {
        streams.track(call)
        ;(implementation['watch'] as typeof watch)(call)
      }
      server.addService(service, { ...implementation, watch })
    },
  })
}

function addService(server: Server, service: DescService, methods: readonly ApiMethod[], dispatcher: Dispatcher): void {
  const definition: Record<string, MethodDefinition<Buffer, Uint8Array>> = {}
  const implementation: UntypedServiceImplementation = {}
  for (const method of methods.filter(({ descriptor }) => descriptor.parent === service)) {
    const { name } = method.descriptor
    // Bytes in, bytes out: the API reads requests itself, and answers with what the store has encoded.
    definition[name] = {
      path: `/${service.typeName}/${name}`,
      requestStream: false,
      responseStream: method.kind === 'stream',
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes) => bytes,
      responseSerialize: asBuffer,
      responseDeserialize: (bytes) => bytes,
    }
    implementation[name] = method.kind === 'stream' ? streamHandler(method, dispatcher) : unaryHandler(method, dispatcher)
  }
  server.addService(definition, implementation)
}

/** The same bytes, as grpc-js takes them. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What grpc-js has to say of errors reaches us as errors; its traces stay, for whoever turns them on. */
function quietLogger(): void {
  setLogger({
    error: () => undefined,
    info: (...line) => console.error('I', ...line),
    debug: (...line) => console.error('D', ...line),
  })
}
