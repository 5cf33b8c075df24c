// Server reflection, v1 and v1alpha, from the exact descriptors of the contract: with imports and options, so that
// grpcurl and `buf curl` can list, describe and call everything.
import type { Server, ServerDuplexStream } from '@grpc/grpc-js'
import { fromBinary, toBinary, type DescFile, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { toStatus } from '../api/status.js'
import { notAuthenticated, type Authenticator } from '../auth/authenticator.js'
import type { Caller } from '../task/caller.js'
import { CallCredentials } from './call-credentials.js'
import { endStatus } from './end-status.js'
import {
  ServerReflectionService as ReflectionV1,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../gen/grpc/reflection/v1/reflection.js'
import type { OpenStreams } from './open-streams.js'
import { ServerReflectionService as ReflectionV1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection.js'

type Answer = ServerReflectionResponse['messageResponse']

const REFLECTION_SERVICES = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection']

/** What reflection tells of. */
export interface ReflectedSchema {
  readonly descriptorSet: Uint8Array
  readonly registry: FileRegistry
  /** Full names of the services to list, reflection aside. */
  readonly services: readonly string[]
}

type ReflectionStream = ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>

/** Whom reflection answers, and who knows of streams that are open. */
export interface ReflectionParts {
  readonly authenticator: Authenticator
  readonly streams: OpenStreams
}

/** Adds both versions of reflection to `server`: for everybody who may call at all. */
export function addReflection(server: Server, { authenticator, streams }: ReflectionParts, schema: ReflectedSchema): void {
  const reflection = new Reflection(schema)
  const serverReflectionInfo = (stream: ReflectionStream): void => {
    streams.track(stream)
    stream.on('error', () => stream.end())
    const caller = async (): Promise<Caller> => authenticator.authenticate(new CallCredentials(stream))
    caller().then(
      ({ expiresAt }) => answerAll(stream, reflection, expiresAt),
      (error: unknown) => refuse(stream, error),
    )
  }
  server.addService(ReflectionV1, { serverReflectionInfo })
  server.addService(ReflectionV1Alpha, { serverReflectionInfo })
}

/** Answers until the credentials of the caller end, in milliseconds since 1970. */
function answerAll(stream: ReflectionStream, reflection: Reflection, expiresAt: number): void {
  stream.on('data', (request: ServerReflectionRequest) => {
    if (Date.now() >= expiresAt) {
      refuse(stream, notAuthenticated(new Error('the credentials have ended')))
      return
    }
    const messageResponse = reflection.answer(request.messageRequest)
    // A client that asks faster than it reads waits.
    if (!stream.write({ validHost: request.host, originalRequest: request, messageResponse })) {
      stream.pause()
      stream.once('drain', () => stream.resume())
    }
  })
  stream.on('end', () => stream.end())
}

function refuse(stream: ReflectionStream, error: unknown): void {
  // An authenticator gives nothing but refusals, which nobody has to be told of.
  stream.emit('error', endStatus(toStatus(error, () => undefined)))
}

class Reflection {
  private readonly registry: FileRegistry
  private readonly files: ReadonlyMap<string, DescFile>
  private readonly encoded: ReadonlyMap<string, Buffer>
  private readonly services: readonly string[]

  constructor({ descriptorSet, registry, services }: ReflectedSchema) {
    const { file } = fromBinary(FileDescriptorSetSchema, descriptorSet)
    this.registry = registry
    this.files = new Map([...registry.files].map((described) => [described.proto.name, described]))
    this.encoded = new Map(file.map((proto) => [proto.name, Buffer.from(toBinary(FileDescriptorProtoSchema, proto))]))
    this.services = [...services, ...REFLECTION_SERVICES]
  }

  answer(request: ServerReflectionRequest['messageRequest']): Answer {
    switch (request?.$case) {
      case 'listServices':
        return { $case: 'listServicesResponse', value: { service: this.services.map((name) => ({ name })) } }
      case 'fileByFilename':
        return this.withImports(this.files.get(request.value), request.value)
      case 'fileContainingSymbol':
        return this.withImports(this.fileOf(request.value), request.value)
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = request.value
        const file = this.extensionsOf(containingType).find(({ number }) => number === extensionNumber)?.file
        return this.withImports(file, `extension ${extensionNumber} of ${containingType}`)
      }
      case 'allExtensionNumbersOfType': {
        const extensionNumber = this.extensionsOf(request.value).map(({ number }) => number)
        if (this.registry.getMessage(request.value) === undefined) return notFound(request.value)
        return { $case: 'allExtensionNumbersResponse', value: { baseTypeName: request.value, extensionNumber } }
      }
      case undefined:
        return failure('UNIMPLEMENTED', 'Expected one of the requests of grpc.reflection.v1')
    }
  }

  private withImports(file: DescFile | undefined, what: string): Answer {
    if (file === undefined) return notFound(what)
    const fileDescriptorProto = [...importsOf(file)].flatMap(({ proto }) => this.encoded.get(proto.name) ?? [])
    return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
  }

  /** The file of a type, service or extension, or of the method, field or enum value below one. */
  private fileOf(symbol: string): DescFile | undefined {
    const found = this.registry.get(symbol) ?? this.registry.get(symbol.slice(0, Math.max(symbol.lastIndexOf('.'), 0)))
    return found?.file
  }

  private extensionsOf(typeName: string): { readonly number: number; readonly file: DescFile }[] {
    return [...this.registry].flatMap((described) =>
      described.kind === 'extension' && described.extendee.typeName === typeName ? [described] : [],
    )
  }
}

function importsOf(file: DescFile, found = new Set<DescFile>()): Set<DescFile> {
  if (found.has(file)) return found
  found.add(file)
  for (const dependency of file.dependencies) importsOf(dependency, found)
  return found
}

function notFound(what: string): Answer {
  return failure('NOT_FOUND', `${what} was not found`)
}

function failure(code: Code, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode: codeToNumber(code), errorMessage } }
}
