// JSON Schemas of the answers of the jobs API, written from the tables and examples of its document. They know nothing that
// the code knows.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const TEXT = { type: 'string' }
const ID = { type: 'string', minLength: 1 }
const COUNT = { type: 'integer', minimum: 0 }
const STATUS = { enum: ['pending', 'running', 'waiting', 'successful', 'failed', 'canceled'] }
const TIME = { type: 'string', format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }

const WORK = { action: ID, object_id: TEXT, object_type: TEXT, status: STATUS, status_detail: TEXT, last_error: TEXT, user_id: TEXT }

const JOB_TASK = strict({ id: ID, job_id: ID, driver: TEXT, resource_type: TEXT, request_payload: { type: 'object' }, ...WORK })

/** A terminal state shows at the end and only then, and goes with the status. */
const STATES = {
  if: { properties: { status: { enum: ['successful', 'failed', 'canceled'] } } },
  then: {
    required: ['state'],
    if: { properties: { status: { const: 'successful' } } },
    then: { properties: { state: { enum: ['NORMAL', 'PARTIAL_FAILURES'] }, last_error: { const: '' } } },
    else: { properties: { state: { const: 'ERROR' }, last_error: { type: 'string', minLength: 1 } } },
  },
  else: { properties: { state: false, last_error: { const: '' } } },
}

const JOB = {
  ...strict(
    { id: ID, job_summary: TEXT, created: TIME, updated: TIME, object_name: ID, state: TEXT, job_tasks: { type: 'array', items: JOB_TASK }, ...WORK },
    ['object_name', 'state'],
  ),
  ...STATES,
}

const ACCEPTED_JOB = { ...JOB, properties: { ...JOB.properties, job_tasks: { type: 'null' } } }

const LIST = strict({
  returned_records: COUNT,
  total_records: COUNT,
  sort_by: { enum: ['created', 'updated'] },
  order_by: { enum: ['asc', 'desc'] },
  offset: COUNT,
  limit: { type: 'integer', minimum: 1 },
  records: { type: 'array', items: JOB },
})

const KINDS = {
  list: envelope(200, '^Okay\\. Returned (1 record|(0|[2-9]|[1-9]\\d+) records)\\.$', LIST),
  get: envelope(200, '^Okay\\. Returned 1 record\\.$', strict({ total_records: { const: 1 }, records: one(JOB) })),
  accepted: envelope(202, '^Okay\\. Accepted for processing\\.$', strict({ returned_records: { const: 1 }, records: one(ACCEPTED_JOB) })),
  error: envelope(undefined, '^[A-Z][A-Za-z -]+\\.$', strict({})),
} as const

/** A kind of answer. */
export type AnswerKind = keyof typeof KINDS

const ajv = new Ajv2020({ allErrors: true, strictSchema: true, strictRequired: false })
formats.default(ajv)
const validators = Object.fromEntries(Object.entries(KINDS).map(([kind, schema]) => [kind, ajv.compile(schema)])) as Record<
  AnswerKind,
  ValidateFunction
>

/** What is wrong with an answer of a kind; '' when nothing is. */
export function faultsOf(kind: AnswerKind, answer: unknown): string {
  return validators[kind](answer) ? '' : ajv.errorsText(validators[kind].errors)
}

function strict<Properties extends Record<string, unknown>>(properties: Properties, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

function one(items: object): object {
  return { type: 'array', items, minItems: 1, maxItems: 1 }
}

function envelope(code: number | undefined, message: string, result: object): object {
  const exactly = code === undefined ? { type: 'integer', minimum: 400, maximum: 599 } : { const: code }
  const status = strict({ user_message: { type: 'string', pattern: message }, verbose_message: TEXT, code: exactly })
  return strict({ status, result })
}
