// The contract as data: the descriptor set that buf built from proto/, for reflection, transcoding and JSON.
import { readFileSync } from 'node:fs'
import { createFileRegistry, fromBinary, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

/** The encoded google.protobuf.FileDescriptorSet of the contract and of all it imports, with comments and options. */
export const DESCRIPTOR_SET: Uint8Array = readFileSync(new URL('../../../gen/descriptor.binpb', import.meta.url))

/** Every message, enum, service and extension of the contract. */
export const CONTRACT: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, DESCRIPTOR_SET))
