// The OpenAPI document of the jobs API.
import type { JsonMap } from '../../gateway/openapi-schema.js'
import { HTTP_LIMITS, LIST_LIMITS, NSE_LIMITS, TASK_LIMITS, WATCH_LIMITS } from '../../limits.js'
import { TEXT_FIELDS } from './new-job.js'

/** The document, as OpenAPI 3.1. */
export function nseOpenApi(): JsonMap {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Jobs, as in NetApp Service Engine',
      version: 'v2.1',
      description: 'A job is a task that is no part of another; its job tasks are its parts. The same paths are there under `/api`.',
    },
    tags: [{ name: 'jobs', description: 'Long-running work, and how it goes.' }],
    paths: {
      '/v2.1/jobs': { get: listJobs(), post: createJob() },
      '/v2.1/jobs/{id}': { get: getJob() },
    },
    components: { schemas: schemas() },
  }
}

const TEXT: JsonMap = { type: 'string' }
const TIME: JsonMap = { type: 'string', format: 'date-time', description: 'UTC, with milliseconds.' }
// Functions, for limits can be set when the server starts.
const word = (): JsonMap => ({ type: 'string', pattern: '^[A-Za-z0-9._~-]+$', maxLength: TASK_LIMITS.idLength })
const work = (): Record<string, JsonMap> => ({
  action: { ...word(), description: 'The kind of work: the command of the task.' },
  object_id: { ...TEXT, description: 'What the work is done to.' },
  object_type: TEXT,
  status: { type: 'string', enum: ['pending', 'running', 'waiting', 'successful', 'failed', 'canceled'] },
  status_detail: { ...TEXT, description: 'The last status detail of the task.' },
  last_error: { ...TEXT, description: 'Why it failed or was canceled.' },
  user_id: { ...TEXT, description: 'On whose behalf the work is done.' },
})

const job = (): Record<string, JsonMap> => ({
  id: { type: 'string', format: 'uuid' },
  ...work(),
  job_summary: TEXT,
  created: TIME,
  updated: TIME,
  object_name: { ...TEXT, description: 'Absent when the object has no name.' },
  state: { type: 'string', enum: ['NORMAL', 'PARTIAL_FAILURES', 'ERROR'], description: 'How the job ended; absent before its end.' },
  job_tasks: { type: ['array', 'null'], items: ref('JobTask'), description: 'Null in the answer to who has just recorded the job.' },
})

const jobTask = (): Record<string, JsonMap> => ({
  id: { type: 'string', format: 'uuid' },
  job_id: { type: 'string', format: 'uuid' },
  ...work(),
  driver: { ...TEXT, description: 'The service that does the work.' },
  resource_type: { ...TEXT, description: 'The label `resource_type` of the task, or else the type of its object.' },
  request_payload: { type: 'object', description: 'The metadata of the task, without its secrets.' },
})

const COUNT: JsonMap = { type: 'integer', minimum: 0 }
const schemas = (): Record<string, JsonMap> => ({
  Job: closed(job(), ['object_name', 'state']),
  JobTask: closed(jobTask()),
  NewJob: {
    type: 'object',
    properties: {
      ...Object.fromEntries(TEXT_FIELDS.map((field) => [field, TEXT])),
      tenant_id: { ...word(), description: 'The service instance (vDC) to record the job for.' },
      action: word(),
      request_payload: { type: 'object', description: 'Kept as google.protobuf.Struct, without its secrets, as the metadata of the task.' },
    },
    required: ['tenant_id', 'action'],
    additionalProperties: false,
  },
  JobList: envelopeOf({
    returned_records: COUNT,
    total_records: COUNT,
    sort_by: { type: 'string', enum: ['created', 'updated'] },
    order_by: { type: 'string', enum: ['asc', 'desc'] },
    offset: COUNT,
    limit: COUNT,
    records: { type: 'array', items: ref('Job') },
  }),
  OneJob: envelopeOf({ total_records: { const: 1 }, records: { type: 'array', items: ref('Job'), minItems: 1, maxItems: 1 } }),
  AcceptedJob: envelopeOf({ returned_records: { const: 1 }, records: { type: 'array', items: ref('Job'), minItems: 1, maxItems: 1 } }),
  Error: envelopeOf({}),
})

const tenant = (): JsonMap => query('tenant_id', word(), 'Only jobs of this tenant. Default: every tenant that the caller may see.')
const ERROR = answer('What is wrong: for people in `user_message`, for programmers in `verbose_message`.', 'Error')

const listJobs = (): JsonMap => ({
  operationId: 'listJobs',
  tags: ['jobs'],
  summary: 'Lists jobs.',
  parameters: [
    tenant(),
    query('offset', { ...COUNT, maximum: LIST_LIMITS.sliceOffset, default: 0 }, 'Jobs to leave out.'),
    query('limit', { type: 'integer', minimum: 1, maximum: NSE_LIMITS.limitMax, default: NSE_LIMITS.limitDefault }, 'Jobs at most.'),
    query('sort_by', { type: 'string', enum: ['created', 'updated'], default: 'created' }, 'What to sort by.'),
    query('order_by', { type: 'string', enum: ['asc', 'desc'], default: 'desc' }, 'In which direction.'),
  ],
  responses: { 200: answer('A part of the list, and the length of all of it.', 'JobList'), default: ERROR },
})

const createJob = (): JsonMap => ({
  operationId: 'createJob',
  tags: ['jobs'],
  summary: 'Records a job.',
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      schema: { type: 'string', maxLength: TASK_LIMITS.requestIdLength },
      description: 'The `request_id` of the job. Makes the request safe to repeat for 24 hours: the same request again answers the job it made.',
    },
  ],
  requestBody: {
    required: true,
    description: `At most ${HTTP_LIMITS.bodyBytes} bytes.`,
    content: { 'application/json': { schema: ref('NewJob') } },
  },
  responses: { 202: answer('The job, which is pending.', 'AcceptedJob'), default: ERROR },
})

const getJob = (): JsonMap => ({
  operationId: 'getJob',
  tags: ['jobs'],
  summary: 'Gets a job, at once or when it has ended.',
  parameters: [
    { name: 'id', in: 'path', required: true, schema: word(), description: 'The id of the job.' },
    tenant(),
    query(
      'return_timeout',
      { ...COUNT, default: 0 },
      `Seconds to wait for the end of the job; the answer comes after ${WATCH_LIMITS.waitMaxMs / 1000} at most, and says how the job is then.`,
    ),
  ],
  responses: { 200: answer('The job.', 'OneJob'), default: ERROR },
})

function ref(name: string): JsonMap {
  return { $ref: `#/components/schemas/${name}` }
}

/** An object of these properties and no others, all required but `optional`. */
function closed(properties: Readonly<Record<string, JsonMap>>, optional: readonly string[] = []): JsonMap {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

function envelopeOf(result: Readonly<Record<string, JsonMap>>): JsonMap {
  const status = closed({ user_message: TEXT, verbose_message: TEXT, code: { type: 'integer' } })
  return closed({ status, result: closed(result) })
}

function query(name: string, schema: JsonMap, description: string): JsonMap {
  return { name, in: 'query', schema, description }
}

function answer(description: string, schema: string): JsonMap {
  return { description, content: { 'application/json': { schema: ref(schema) } } }
}
