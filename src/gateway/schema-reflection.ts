// A schema from a running server, by gRPC reflection v1 or v1alpha.
import type { Client, ClientDuplexStream } from '@grpc/grpc-js'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { ServerReflectionService as V1 } from '../../gen/grpc/reflection/v1/reflection.js'
import type { ServerReflectionRequest, ServerReflectionResponse } from '../../gen/grpc/reflection/v1/reflection.js'
import { ServerReflectionService as V1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection.js'
import { wellKnownFile } from '../base/proto-json/type-source.js'

/** Number of the google.rpc.Code UNIMPLEMENTED. */
const UNIMPLEMENTED = 12

/** How long a server may take to tell its whole schema. */
const REFLECTION_TIMEOUT_MS = 10_000

/** How many files a schema may have. */
const MAX_FILES = 10_000

/**
 * The encoded descriptor set of all services that the server lists, imports first; the same bytes for the same schema.
 * Rejects with the status error of the server, or Error when it does not know a file that another imports.
 */
export async function reflectSchema(client: Client): Promise<Uint8Array> {
  try {
    return await reflectOver(client, V1.serverReflectionInfo)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === UNIMPLEMENTED)) throw error
    return reflectOver(client, V1Alpha.serverReflectionInfo)
  }
}

type ReflectionMethod = typeof V1.serverReflectionInfo | typeof V1Alpha.serverReflectionInfo
type Question = NonNullable<ServerReflectionRequest['messageRequest']>

async function reflectOver(client: Client, method: ReflectionMethod): Promise<Uint8Array> {
  const { path, requestSerialize, responseDeserialize } = method
  const stream = client.makeBidiStreamRequest<ServerReflectionRequest, ServerReflectionResponse>(
    path,
    requestSerialize,
    responseDeserialize,
    { deadline: Date.now() + REFLECTION_TIMEOUT_MS },
  )
  const conversation = new Conversation(stream)
  try {
    return await collect(conversation)
  } finally {
    stream.cancel()
  }
}

async function collect(conversation: Conversation): Promise<Uint8Array> {
  const files = new Map<string, FileDescriptorProto>()
  const services = await conversation.services()
  for (const name of services)
    for (const file of await conversation.files({ $case: 'fileContainingSymbol', value: name })) files.set(file.name, file)
  const wanted = [...files.values()].flatMap((file) => file.dependency)
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (files.has(name)) continue
    for (const file of await imported(conversation, name)) {
      if (!files.has(file.name)) wanted.push(...file.dependency)
      files.set(file.name, file)
    }
    if (files.size > MAX_FILES) throw new Error(`The server describes more than ${MAX_FILES} files`)
  }
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: sorted(files) }))
}

/** A file that another imports. Some servers leave Google's own files out: those are known here. */
async function imported(conversation: Conversation, name: string): Promise<FileDescriptorProto[]> {
  try {
    return await conversation.files({ $case: 'fileByFilename', value: name })
  } catch (error) {
    const known = wellKnownFile(name)
    if (known === undefined) throw error
    return [known.proto]
  }
}

/** Imports before the files that use them, otherwise by name. */
function sorted(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const done = new Set<FileDescriptorProto>()
  const visit = (file: FileDescriptorProto | undefined): void => {
    if (file === undefined || done.has(file)) return
    for (const name of file.dependency) visit(files.get(name))
    done.add(file)
  }
  for (const name of [...files.keys()].sort()) visit(files.get(name))
  return [...done]
}

/** Questions and answers, one at a time. */
class Conversation {
  private readonly stream: ClientDuplexStream<ServerReflectionRequest, ServerReflectionResponse>
  private readonly answers: AsyncIterator<ServerReflectionResponse>

  constructor(stream: ClientDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) {
    this.stream = stream
    this.answers = stream[Symbol.asyncIterator]() as AsyncIterator<ServerReflectionResponse>
  }

  async services(): Promise<string[]> {
    const answer = await this.ask({ $case: 'listServices', value: '' })
    if (answer?.$case !== 'listServicesResponse') throw new Error('The server does not list its services')
    return answer.value.service.map(({ name }) => name).sort()
  }

  async files(question: Question): Promise<FileDescriptorProto[]> {
    const answer = await this.ask(question)
    if (answer?.$case !== 'fileDescriptorResponse')
      throw new Error(`The server does not describe ${JSON.stringify(question.value)}`)
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
  }

  private async ask(messageRequest: Question): Promise<ServerReflectionResponse['messageResponse']> {
    this.stream.write({ host: '', messageRequest })
    const answer = await this.answers.next()
    if (answer.done === true) throw new Error('The server ended the reflection')
    return answer.value.messageResponse
  }
}
