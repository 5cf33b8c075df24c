// Where the codec finds message types: the schema it was given, and the well-known and google.rpc types beside it.
import { readFileSync } from 'node:fs'
import { createFileRegistry, createRegistry, fromBinary } from '@bufbuild/protobuf'
import type { DescExtension, DescFile, DescMessage, FileRegistry } from '@bufbuild/protobuf'
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'

/** Finds types by full name. */
export interface TypeSource {
  /** The message type, or undefined. */
  message(typeName: string): DescMessage | undefined
  /** The extension by its full name, such as `pkg.ext`, or undefined. */
  extension(typeName: string): DescExtension | undefined
  /** The extension of a message type by its field number, or undefined. */
  extensionOf(type: DescMessage, number: number): DescExtension | undefined
}

/**
 * The schema in an encoded google.protobuf.FileDescriptorSet, whose files come after the files they import. Throws Error
 * when it is none.
 */
export function readSchema(descriptorSet: Uint8Array): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet))
}

/**
 * The types of `schema`, and beside them what it may lack: the well-known types, and those of `google.rpc`, so that the
 * details of an error can always be shown.
 */
export function typeSource(schema: FileRegistry): TypeSource {
  return {
    message: (name) =>
      schema.getMessage(name) ??
      WELL_KNOWN.getMessage(name) ??
      (name.startsWith('google.rpc.') ? ownSchema().getMessage(name) : undefined),
    extension: (name) => schema.getExtension(name),
    extensionOf: (type, number) => schema.getExtensionFor(type, number),
  }
}

/** The encoded FileDescriptorSet of this project's own contract, with all imports: gen/descriptor.binpb. */
export function ownDescriptorSet(): Uint8Array {
  own ??= readFileSync(new URL('../../../../gen/descriptor.binpb', import.meta.url))
  return own
}

/** The schema of this project's own contract. */
export function ownSchema(): FileRegistry {
  ownRegistry ??= readSchema(ownDescriptorSet())
  return ownRegistry
}

/** A file that schemas often import and servers often leave out, by its name: Google's own, and those of this project. */
export function wellKnownFile(name: string): DescFile | undefined {
  return (
    WELL_KNOWN_FILES.find((file) => file.proto.name === name) ?? [...ownSchema().files].find((file) => file.proto.name === name)
  )
}


const WELL_KNOWN_FILES: readonly DescFile[] = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
]

const WELL_KNOWN = createRegistry(...WELL_KNOWN_FILES)

let own: Uint8Array | undefined
let ownRegistry: FileRegistry | undefined
