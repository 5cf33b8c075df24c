// JSON Schemas written from the tables of the Astra documents, and not from the code: what every answer has to be.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

type Schema = Readonly<Record<string, unknown>>

const TIME = { type: 'string', format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$' }
const IDENTIFIER = {
  type: 'string',
  pattern: '^([0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|00000000-0000-0000-0000-000000000000)$',
}
const STATE = { enum: ['notStarted', 'running', 'completed', 'pausing', 'paused', 'cancelling', 'cancelled', 'failed'] }
const URI = { type: 'string', minLength: 3, maxLength: 4095 }

function closed(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

const LABELS = { type: 'array', items: closed({ name: { type: 'string' }, value: { type: 'string' } }) }
const METADATA = {
  labels: LABELS,
  creationTimestamp: TIME,
  modificationTimestamp: TIME,
  createdBy: IDENTIFIER,
  modifiedBy: IDENTIFIER,
}

/** task_1.1_get_response_body. */
const TASK = closed(
  {
    type: { const: 'application/astra-task' },
    version: { enum: ['1.0', '1.1'] },
    id: IDENTIFIER,
    name: { type: 'string', minLength: 3, maxLength: 127, pattern: '^(([a-z])*(\\.))*([a-z])+$' },
    summary: { type: 'string', minLength: 3, maxLength: 63 },
    description: { type: 'string', minLength: 1, maxLength: 511 },
    service: { type: 'string', minLength: 1, maxLength: 31 },
    parentTaskID: IDENTIFIER,
    userID: IDENTIFIER,
    resourceID: IDENTIFIER,
    resourceURI: URI,
    resourceCollectionURI: { type: 'array', items: URI },
    state: STATE,
    stateTransitions: {
      type: 'array',
      minItems: 1,
      maxItems: 31,
      items: closed({ from: STATE, to: { type: 'array', items: STATE } }),
    },
    stateDetails: {
      type: 'array',
      items: closed({
        type: { type: 'string', minLength: 1 },
        title: { type: 'string', minLength: 1, maxLength: 40 },
        detail: { type: 'string', maxLength: 511 },
      }),
    },
    orderHint: { type: 'number' },
    percentDone: { type: 'number', minimum: 0, maximum: 100 },
    startTime: TIME,
    endTime: TIME,
    cancelTime: TIME,
    metadata: closed(METADATA, ['modifiedBy']),
  },
  ['service', 'parentTaskID', 'userID', 'orderHint', 'percentDone', 'startTime', 'endTime', 'cancelTime'],
)

const LIST_METADATA = { ...METADATA, count: { type: 'integer', minimum: 0 }, continue: { type: 'string', pattern: '^([A-Za-z0-9]{4})+$' } }

const LIST = closed({
  type: { const: 'application/astra-tasks' },
  version: { const: '1.1' },
  items: { type: 'array', items: TASK },
  metadata: closed(LIST_METADATA, Object.keys(LIST_METADATA)),
})

const FIELD_LIST = closed({
  items: { type: 'array', items: { type: 'array' } },
  metadata: closed({ continue: LIST_METADATA.continue }, ['continue']),
})

const PROBLEM = closed(
  {
    type: { type: 'string', pattern: '^(https://astra\\.netapp\\.io/problems/(1|2|3|4|5|6|7|11|12|32|33|34|35|41|69)|about:blank)$' },
    title: { type: 'string', minLength: 1 },
    detail: { type: 'string', minLength: 1 },
    status: { type: 'string', pattern: '^[45]\\d\\d$' },
    correlationID: { type: 'string' },
    invalidParams: {
      type: 'array',
      minItems: 1,
      items: closed({ name: { type: 'string' }, reason: { type: 'string', minLength: 1 } }),
    },
  },
  ['correlationID', 'invalidParams'],
)

const ajv = new Ajv2020({ strict: true })
formats.default(ajv)

/** What is wrong with a body; nothing when it is as the documents say. */
function checker(schema: Schema): (body: unknown) => readonly string[] {
  const validate: ValidateFunction = ajv.compile(schema)
  return (body) => (validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`))
}

export const faultsOfTask = checker(TASK)
export const faultsOfList = checker(LIST)
export const faultsOfFieldList = checker(FIELD_LIST)
export const faultsOfProblem = checker(PROBLEM)
