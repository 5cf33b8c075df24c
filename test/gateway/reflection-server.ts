// Server reflection for the tests, over any descriptor set, as terse as the protocol allows: one file per answer.
import { status } from '@grpc/grpc-js'
import type { Server, ServerDuplexStream } from '@grpc/grpc-js'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { ServerReflectionService as V1 } from '../../gen/grpc/reflection/v1/reflection.js'
import type { ServerReflectionRequest, ServerReflectionResponse } from '../../gen/grpc/reflection/v1/reflection.js'
import { ServerReflectionService as V1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection.js'
import { readSchema } from '../../src/base/proto-json/type-source.js'

/** What the server says of itself; may be changed while it runs. */
export interface Described {
  descriptors: Uint8Array
  services: readonly string[]
  /** Files that it does not tell. */
  hidden?: RegExp
}

/** Adds one version of reflection to a server. */
export function addReflection(server: Server, described: Described, version: 'v1' | 'v1alpha'): void {
  const implementation = {
    serverReflectionInfo: (stream: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
      stream.on('data', (request: ServerReflectionRequest) =>
        stream.write({ validHost: '', originalRequest: request, messageResponse: answer(described, request.messageRequest) }),
      )
      stream.on('end', () => stream.end())
    },
  }
  if (version === 'v1') server.addService(V1, implementation)
  else server.addService(V1Alpha, implementation)
}

function answer(
  { descriptors, services, hidden }: Described,
  asked: ServerReflectionRequest['messageRequest'],
): ServerReflectionResponse['messageResponse'] {
  if (asked?.$case === 'listServices') return { $case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } }
  const name =
    asked?.$case === 'fileContainingSymbol'
      ? readSchema(descriptors).getService(asked.value)?.file.proto.name
      : asked?.$case === 'fileByFilename'
        ? asked.value
        : undefined
  const file = fromBinary(FileDescriptorSetSchema, descriptors).file.find(
    (candidate) => candidate.name === name && hidden?.test(candidate.name) !== true,
  )
  if (file === undefined) return { $case: 'errorResponse', value: { errorCode: status.NOT_FOUND, errorMessage: 'not found' } }
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto: [Buffer.from(toBinary(FileDescriptorProtoSchema, file))] } }
}
