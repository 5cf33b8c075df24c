// What a job task works with, as JSON: the metadata of a task, whose secrets were taken out when it was written.
import { AnySchema } from '@bufbuild/protobuf/wkt'
import { Any } from '../../../gen/google/protobuf/any.js'
import { MessagePrinter } from '../../base/proto-json/print-message.js'
import { ownSchema, typeSource } from '../../base/proto-json/type-source.js'

const STRUCT = 'google.protobuf.Struct'

/** What the printer makes of a Struct in an Any; of bytes that are no Struct, it makes something else. */
interface PrintedStruct {
  readonly '@type'?: string
  readonly value: object
}

/** A Struct as the object that it is, another type that is known here as canonical JSON, the rest as type URL and base64. */
export function requestPayload(metadata: Any | undefined): object {
  if (metadata === undefined) return {}
  printer ??= new MessagePrinter(typeSource(ownSchema()))
  const printed = JSON.parse(printer.print(AnySchema, Any.encode(metadata).finish())) as PrintedStruct
  return printed['@type']?.endsWith(`/${STRUCT}`) === true ? printed.value : printed
}

let printer: MessagePrinter | undefined
