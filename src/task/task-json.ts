// The JSON of a task as the REST face shows it, for who makes it before it is asked for.
import { createHash } from 'node:crypto'
import { toBinary, type DescMessage } from '@bufbuild/protobuf'
import { DescriptorProtoSchema, EnumDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { MessagePrinter } from '../base/proto-json/print-message.js'
import type { PrintOptions } from '../base/proto-json/print-options.js'
import { ownSchema, typeSource } from '../base/proto-json/type-source.js'

/** How the REST face prints tasks unless it is asked otherwise: the documents draw Any as type URL and base64. */
export const TASK_JSON_OPTIONS = { any: 'documented' } as const satisfies PrintOptions

/** To be raised whenever the printer makes another text of the same task. */
const PRINTER_VERSION = 1

interface TaskPrinter {
  readonly type: DescMessage
  readonly printer: MessagePrinter
  readonly form: number
}

/** The JSON object of an encoded openshift.v1.Task. Throws JsonFault `UNPRINTABLE_MESSAGE`. */
export function printTask(encoded: Uint8Array): string {
  const { type, printer } = taskPrinter()
  return printer.print(type, encoded)
}

/**
 * Stands for how tasks are printed now: a positive integer of 48 bits, another one once the printer or a message that a task
 * can hold has changed. A text that was kept under another form has to be printed again.
 */
export function taskJsonForm(): number {
  return taskPrinter().form
}

function taskPrinter(): TaskPrinter {
  made ??= makePrinter()
  return made
}

function makePrinter(): TaskPrinter {
  const schema = ownSchema()
  const type = schema.getMessage('openshift.v1.Task')
  if (type === undefined) throw new Error('openshift.v1.Task is not in the schema')
  const hash = createHash('sha256').update(JSON.stringify([PRINTER_VERSION, TASK_JSON_OPTIONS]))
  for (const part of shapeOf(type, new Map()).values()) hash.update(part)
  return { type, printer: new MessagePrinter(typeSource(schema), TASK_JSON_OPTIONS), form: hash.digest().readUIntBE(0, 6) + 1 }
}

/** The descriptors of a message and of all that it can hold, by name. */
function shapeOf(type: DescMessage, known: Map<string, Uint8Array>): Map<string, Uint8Array> {
  if (known.has(type.typeName)) return known
  known.set(type.typeName, toBinary(DescriptorProtoSchema, type.proto))
  for (const { message, enum: choices } of type.fields) {
    if (message !== undefined) shapeOf(message, known)
    if (choices !== undefined) known.set(choices.typeName, toBinary(EnumDescriptorProtoSchema, choices.proto))
  }
  return known
}

let made: TaskPrinter | undefined
