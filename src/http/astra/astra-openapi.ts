// The OpenAPI document of the face, from the tables that it answers by.
import type { Json, JsonMap } from '../../gateway/openapi-schema.js'
import { LIST_LIMITS } from '../../limits.js'
import { FILTER_FIELDS } from './filter-fields.js'
import { OPERATORS } from './filter.js'
import { Problem, PROBLEMS, type ProblemName } from './problem.js'
import { arrayOf, IDENTIFIER, NUMBER, object, oneOf, TEXT, TIME } from './schema.js'
import { FIELD_NAMES, OPTIONAL_FIELDS, TASK_FIELDS } from './task-fields.js'

const TAG = 'Astra tasks'
const LABELS = arrayOf(object({ name: TEXT, value: TEXT }))

/** The document, ready for JSON.stringify. */
export function astraOpenApi(): JsonMap {
  return {
    openapi: '3.1.0',
    info: {
      title: TAG,
      version: 'v1',
      description: 'The tasks API of NetApp Astra. The account is the service instance; its id has to be a UUID here.',
    },
    tags: [{ name: TAG, description: 'Read tasks in the form that clients of NetApp Astra know.' }],
    paths: {
      '/accounts/{account_id}/core/v1/tasks': { get: listOperation() },
      '/accounts/{account_id}/core/v1/tasks/{task_id}': { get: getOperation() },
    },
    components: {
      schemas: {
        Task: object(Object.fromEntries(FIELD_NAMES.map((name) => [name, TASK_FIELDS[name].schema])), OPTIONAL_FIELDS),
        TaskList: object({ type: oneOf('application/astra-tasks'), version: oneOf('1.1'), items: arrayOf(ref('Task')), metadata: ref('ListMetadata') }),
        FieldList: object({ items: arrayOf(arrayOf({})), metadata: ref('ListMetadata') }),
        ListMetadata: listMetadata(),
        Problem: problem(),
      },
    },
  }
}

function listOperation(): JsonMap {
  return {
    operationId: 'ListTasks',
    tags: [TAG],
    summary: 'List all tasks.',
    description: 'Newest first. With `include`, each item is an array of the fields in the order they were asked for.',
    parameters: [
      pathParameter('account_id'),
      queryParameter('include', `Fields to answer, with commas between them: ${FIELD_NAMES.join(', ')}.`, {
        type: 'string',
        pattern: '^([0-9a-zA-Z]+)(,[0-9a-zA-Z]+)*$',
      }),
      queryParameter('limit', `Tasks at most; more than ${LIST_LIMITS.pageSizeMax} is as good as that, and so is none.`, {
        type: 'string',
        pattern: '^([1-9][0-9]*)$',
      }),
      queryParameter(
        'filter',
        `\`field operator 'value'\`, with commas between several, all of which have to hold. Operators: ${OPERATORS.join(', ')}; ` +
          `\`in\` takes values with commas between them. Fields: ${[...FILTER_FIELDS.keys()].join(', ')}. May be repeated.`,
        TEXT,
      ),
      queryParameter('continue', '`metadata.continue` of the page before.', TEXT),
    ],
    responses: {
      '200': {
        description: 'A page of the list.',
        headers: { ETag: { description: 'Weak: of what is shown, for If-None-Match.', schema: TEXT } },
        content: { 'application/json': { schema: { anyOf: [ref('TaskList'), ref('FieldList')] } } },
      },
      '304': { description: 'The page still shows what the one shows that `If-None-Match` names.' },
      ...problemResponses(),
    },
  }
}

function getOperation(): JsonMap {
  return {
    operationId: 'GetTask',
    tags: [TAG],
    summary: 'Retrieve a task.',
    parameters: [pathParameter('account_id'), pathParameter('task_id')],
    responses: {
      '200': {
        description: 'The task.',
        headers: {
          ETag: { description: 'MD5 of the body, for If-None-Match.', schema: TEXT },
          'Retry-After': { description: 'Seconds after which to ask again; absent once the task has ended.', schema: { type: 'integer' } },
        },
        content: { 'application/json': { schema: ref('Task') }, 'application/astra-task+json': { schema: ref('Task') } },
      },
      '304': { description: 'The task is still the one that `If-None-Match` names.' },
      ...problemResponses(),
    },
  }
}

function listMetadata(): JsonMap {
  const properties = {
    continue: { type: 'string', pattern: '^[A-Za-z0-9]+$' },
    count: NUMBER,
    labels: LABELS,
    creationTimestamp: TIME,
    modificationTimestamp: TIME,
    createdBy: IDENTIFIER,
  }
  return object(properties, Object.keys(properties))
}

function problem(): JsonMap {
  const invalidParams = arrayOf(object({ name: TEXT, reason: TEXT }))
  return object({ type: TEXT, title: TEXT, detail: TEXT, status: TEXT, invalidParams, correlationID: TEXT }, ['invalidParams'])
}

/** What a call could be named in our log. */
const EXAMPLE_ID = '5f0c7a4e-3b7d-4c53-9d7f-2f3f3f1f8f10'

/** A response for each status that problems have, with an example of each of them. */
function problemResponses(): Record<string, JsonMap> {
  const examples = (Object.keys(PROBLEMS) as ProblemName[]).map((name) => ({ name, body: new Problem(name).body(EXAMPLE_ID) }))
  const statuses = [...new Set(examples.map(({ body }) => body.status))]
  return Object.fromEntries(
    statuses.map((status) => {
      const own = examples.filter(({ body }) => body.status === status)
      const description = own.map(({ body }) => body.title).join('; ')
      const shown = Object.fromEntries(own.map(({ name, body }) => [name, { value: { ...body } as unknown as Json }]))
      return [status, { description, content: { 'application/problem+json': { schema: ref('Problem'), examples: shown } } }]
    }),
  )
}

function pathParameter(name: string): JsonMap {
  return { name, in: 'path', required: true, schema: IDENTIFIER }
}

function queryParameter(name: string, description: string, schema: JsonMap): JsonMap {
  return { name, in: 'query', description, schema }
}

function ref(name: string): JsonMap {
  return { $ref: `#/components/schemas/${name}` }
}
