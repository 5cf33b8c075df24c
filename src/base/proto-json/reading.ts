// What the readers of single types need from the reader of a whole text.
import type { DescMessage } from '@bufbuild/protobuf'
import type { Draft } from './draft.js'
import type { JsonNode, JsonObject } from './json-text.js'
import type { TypeSource } from './type-source.js'

/** One text being read; faults are gathered in it. */
export interface Reading {
  readonly types: TypeSource
  /** Notes a fault; answers null for the value that was not read. Throws JsonFault when there are too many to go on. */
  refuse(field: string, description: string): null
  /** Reads the members of `object`, except `skip`, into `draft`. */
  fields(draft: Draft, object: JsonObject, path: string, skip?: string): void
  /** The message that `node` stands for; null, and a fault noted, when it is none. */
  message(type: DescMessage, node: JsonNode, path: string): Draft | null
}
