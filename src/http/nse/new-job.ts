// The body of `POST /v2.1/jobs`: what a producer says of a job, as the task that is to be recorded.
import { StructSchema } from '@bufbuild/protobuf/wkt'
import type { Any } from '../../../gen/google/protobuf/any.js'
import { Task } from '../../../gen/openshift/v1/task.js'
import { DEFAULT_MAX_JSON_DEPTH } from '../../base/proto-json/proto-json.js'
import { JsonFault } from '../../base/proto-json/json-fault.js'
import { JsonObject, kindOf, scanJson, type JsonNode } from '../../base/proto-json/json-text.js'
import { MessageReader } from '../../base/proto-json/read-message.js'
import { ownSchema, typeSource, type TypeSource } from '../../base/proto-json/type-source.js'
import { fromJsonFault } from '../../gateway/http-error.js'
import type { FieldViolations } from '../../task/field-violations.js'
import { quoted } from '../../task/task-fields.js'

/** Fields that are text; '' is the same as not given. */
export const TEXT_FIELDS = ['tenant_id', 'action', 'job_summary', 'object_id', 'object_type', 'object_name', 'user_id', 'driver'] as const
const PAYLOAD_FIELD = 'request_payload'

/** A job to record, before any rule of the domain has looked at it. */
export interface NewJob {
  readonly tenantId: string
  readonly task: Task
}

/** The JSON of a body. Throws HttpError: MALFORMED_JSON, JSON_TOO_DEEP. */
export function readJson(body: Uint8Array): JsonNode {
  try {
    return scanJson(body, DEFAULT_MAX_JSON_DEPTH)
  } catch (error) {
    throw error instanceof JsonFault ? fromJsonFault(error) : error
  }
}

/** Reads the job in a body. What is no field, or of another type than its field, is recorded by its name. */
export function readNewJob(body: JsonNode, violations: FieldViolations): NewJob {
  const members = readMembers(body, violations)
  const text = (field: (typeof TEXT_FIELDS)[number]): string => readText(field, members.get(field), violations)
  const resource = { id: text('object_id'), type: text('object_type'), name: text('object_name') }
  return {
    tenantId: text('tenant_id'),
    task: Task.fromPartial({
      command: text('action'),
      summary: text('job_summary'),
      service: text('driver'),
      createdBy: text('user_id'),
      ...(Object.values(resource).some((value) => value !== '') && { resource }),
      metadata: readPayload(members.get(PAYLOAD_FIELD), violations),
    }),
  }
}

function readMembers(body: JsonNode, violations: FieldViolations): ReadonlyMap<string, JsonNode> {
  const members = new Map<string, JsonNode>()
  if (!(body instanceof JsonObject)) violations.add('body', `expected an object, got ${kindOf(body)}`)
  for (const [name, value] of body instanceof JsonObject ? body.members : []) {
    if (members.has(name)) violations.add(name, 'given more than once')
    else if (isField(name)) members.set(name, value)
    else violations.add('body', `${quoted(name)} is no field of a job; expected ${[...TEXT_FIELDS, PAYLOAD_FIELD].join(', ')}`)
  }
  return members
}

function isField(name: string): boolean {
  return name === PAYLOAD_FIELD || TEXT_FIELDS.some((field) => field === name)
}

function readText(field: string, node: JsonNode | undefined, violations: FieldViolations): string {
  if (typeof node === 'string') return node
  if (node !== undefined && node !== null) violations.add(field, `expected a string, got ${kindOf(node)}`)
  return ''
}

/** The object as google.protobuf.Struct, in which secrets can be found. */
function readPayload(node: JsonNode | undefined, violations: FieldViolations): Any | undefined {
  if (node === undefined || node === null) return undefined
  types ??= typeSource(ownSchema())
  try {
    const reader = new MessageReader(types)
    const payload = reader.message(StructSchema, node, PAYLOAD_FIELD)
    reader.finish()
    return { typeUrl: `type.googleapis.com/${StructSchema.typeName}`, value: Buffer.from(payload?.encode() ?? []) }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    for (const { field, description } of error.faults) violations.add(field, description)
    return undefined
  }
}

let types: TypeSource | undefined
