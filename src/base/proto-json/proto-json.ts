// The proto3 JSON mapping over encoded messages: JSON text to protobuf bytes and back, strictly.
import type { DescMessage } from '@bufbuild/protobuf'
import { scanJson } from './json-text.js'
import { MessagePrinter } from './print-message.js'
import type { PrintOptions } from './print-options.js'
import { MessageReader } from './read-message.js'
import type { ReadOptions } from './read-message.js'
import type { TypeSource } from './type-source.js'

/** How to read and print. */
export interface ProtoJsonOptions extends PrintOptions, ReadOptions {
  /** How many arrays and objects may stand inside each other in a text that is read. Default: 20. */
  readonly maxDepth?: number
}

/** Default of `maxDepth`. */
export const DEFAULT_MAX_JSON_DEPTH = 20

/** Converts messages of any type that the schema knows. */
export class ProtoJson {
  private readonly types: TypeSource
  private readonly options: ProtoJsonOptions
  private readonly printer: MessagePrinter

  constructor(types: TypeSource, options: ProtoJsonOptions = {}) {
    this.types = types
    this.options = options
    this.printer = new MessagePrinter(types, options)
  }

  /**
   * The encoded message that a JSON text stands for. Bytes are UTF-8. Throws JsonFault, which names every field that is
   * wrong.
   */
  parse(type: DescMessage, json: string | Uint8Array): Uint8Array {
    const node = scanJson(json, this.options.maxDepth ?? DEFAULT_MAX_JSON_DEPTH)
    const reader = new MessageReader(this.types, this.options)
    const draft = reader.message(type, node, '')
    reader.finish()
    return draft?.encode() ?? new Uint8Array()
  }

  /**
   * The JSON text of an encoded message. Throws JsonFault `UNPRINTABLE_MESSAGE` when the bytes are broken or hold what
   * JSON cannot show.
   */
  print(type: DescMessage, encoded: Uint8Array): string {
    return this.printer.print(type, encoded)
  }
}
