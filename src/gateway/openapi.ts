// An OpenAPI 3.1 document of what a gateway serves, from its own route table: a route that is not here is not there.
import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { commentOf, firstSentence } from './comments.js'
import { BEHAVIOR, behaves } from './field-behavior.js'
import { isRawAnswer, rawRequest } from './http-body.js'
import { SchemaBook } from './openapi-schema.js'
import type { Json, JsonMap } from './openapi-schema.js'
import type { GatewayOptions, JsonOptions, OpenApiOptions } from './options.js'
import { isTextual } from './parameter.js'
import type { Route } from './route.js'

/** What a document is made from. */
export interface DocumentSource {
  readonly routes: readonly Route[]
  readonly options: OpenApiOptions
  readonly json: Pick<GatewayOptions, 'json' | 'serviceJson' | 'errorDomain'>
  /** google.rpc.Status, the body of every error. */
  readonly status: DescMessage
}

/** Methods that OpenAPI has a place for. */
const METHODS: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']

/** How deeply the fields of nested messages are listed as parameters. */
const PARAMETER_DEPTH = 3

/** The document, ready for JSON.stringify. Routes of methods that OpenAPI has no place for are left out. */
export function openApiDocument(source: DocumentSource): JsonMap {
  const writer = new DocumentWriter(source)
  return writer.document()
}

class DocumentWriter {
  private readonly source: DocumentSource
  private readonly books = new Map<string, SchemaBook>()
  private readonly operationIds = new Set<string>()

  constructor(source: DocumentSource) {
    this.source = source
  }

  document(): JsonMap {
    const { options, routes, status } = this.source
    const errorBook = this.book({})
    const error = this.errorResponse(errorBook.message(status))
    const paths: Record<string, Record<string, Json>> = {}
    for (const route of routes.filter(({ httpMethod }) => METHODS.includes(httpMethod))) {
      const { path, parameters } = describePath(route)
      // Paths that differ only in the names of their parameters are one path to OpenAPI.
      const key = Object.keys(paths).find((other) => shapeOf(other) === shapeOf(path)) ?? path
      const names = [...key.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
      const item = (paths[key] ??= {})
      item[route.httpMethod.toLowerCase()] = this.operation(
        route,
        parameters.map((parameter, i) => ({ ...parameter, name: names[i] ?? '' })),
      )
    }
    return {
      openapi: '3.1.0',
      info: {
        title: options.title,
        version: options.version,
        ...(options.description === undefined ? {} : { description: options.description }),
      },
      ...(options.servers === undefined ? {} : { servers: options.servers.map((url) => ({ url })) }),
      tags: this.tags(),
      paths,
      // A token is taken from whoever has one, and whether it is needed is for the methods to say.
      security: [{}, { bearer: [] }],
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
        schemas: Object.assign({}, ...[...this.books.values()].map((book) => book.schemas)) as JsonMap,
        responses: { Error: error },
      },
    }
  }

  private tags(): Json[] {
    const services = new Set(this.source.routes.map(({ method }) => method.parent))
    return [...services].map((service) => ({ name: service.typeName, description: commentOf(service) }))
  }

  private operation(route: Route, pathParameters: readonly JsonMap[]): JsonMap {
    const { method } = route
    const comment = commentOf(method)
    const book = this.bookOf(route)
    const parameters = [...pathParameters, ...queryParameters(route, book)]
    const requestBody = this.requestBody(route, book)
    return {
      operationId: this.operationId(route),
      tags: [method.parent.typeName],
      ...(comment === '' ? {} : { summary: firstSentence(comment), description: comment }),
      ...(method.deprecated ? { deprecated: true } : {}),
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(requestBody === undefined ? {} : { requestBody }),
      responses: { 200: this.answer(route, book), default: { $ref: '#/components/responses/Error' } },
    }
  }

  private operationId({ method }: Route): string {
    const base = `${method.parent.name}_${method.name}`
    let id = base
    for (let n = 2; this.operationIds.has(id); n += 1) id = `${base}_${n}`
    this.operationIds.add(id)
    return id
  }

  private requestBody(route: Route, book: SchemaBook): JsonMap | undefined {
    if (route.body === undefined) return undefined
    if (rawRequest(route) !== undefined) return { content: { '*/*': {} } }
    const isStream = route.method.methodKind === 'client_streaming' || route.method.methodKind === 'bidi_streaming'
    const free = route.method.input.fields.filter(
      (field) => !route.variables.some((chain) => chain.length === 1 && chain[0] === field),
    )
    const schema = route.body === '*' ? book.part(free) : book.field(route.body)
    const example = route.body === '*' ? book.examplePart(free) : book.exampleOf(route.body)
    const description = isStream ? 'One message per line.' : undefined
    return {
      ...(description === undefined ? {} : { description }),
      required: route.body !== '*' && behaves(route.body, BEHAVIOR.required),
      content: {
        [isStream ? 'application/x-ndjson' : 'application/json']: {
          schema,
          ...(isStream ? {} : { example: withoutServers(example, route, book) }),
        },
      },
    }
  }

  private answer(route: Route, book: SchemaBook): JsonMap {
    const { methodKind, output } = route.method
    const isStream = methodKind === 'server_streaming' || methodKind === 'bidi_streaming'
    if (isRawAnswer(route)) return { description: 'A body of its own media type.', content: { '*/*': {} } }
    const schema = route.responseBody === undefined ? book.message(output) : book.field(route.responseBody)
    const example = route.responseBody === undefined ? book.example(output) : book.exampleOf(route.responseBody)
    if (!isStream) return { description: 'The answer.', content: { 'application/json': { schema, example } } }
    return {
      description:
        'A stream of answers: as server-sent events whose data is one answer each, with a last event `end` or `error`; as one answer per line; or as one array. A failure after the first answer is a last `{"error": Status}`.',
      content: {
        'application/x-ndjson': { schema },
        'text/event-stream': { schema: { type: 'string' }, example: `id: 1\ndata: ${JSON.stringify(example)}\n\n` },
        'application/json': { schema: { type: 'array', items: schema } },
      },
    }
  }

  private errorResponse(schema: JsonMap): JsonMap {
    const info = {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'UNKNOWN_PARAMETER',
      domain: this.source.json.errorDomain ?? 'gateway',
    }
    return {
      description: 'The call failed: google.rpc.Status, whose code decides the HTTP status.',
      content: {
        'application/json': {
          schema,
          example: { code: 3, message: 'The query has a parameter that is not known: pageSise', details: [info] },
        },
      },
    }
  }

  private bookOf(route: Route): SchemaBook {
    const { json, serviceJson } = this.source.json
    return this.book({ ...json, ...serviceJson?.[route.method.parent.typeName] })
  }

  /** One book per way of printing; the first has the plain names. */
  private book({ protoNames = false, enumNumbers = false, int64Numbers = false }: JsonOptions): SchemaBook {
    const key = JSON.stringify([protoNames, enumNumbers, int64Numbers])
    const made =
      this.books.get(key) ??
      new SchemaBook({ protoNames, enumNumbers, int64Numbers }, this.books.size === 0 ? '' : `-${this.books.size + 1}`)
    this.books.set(key, made)
    return made
  }
}

/** An example of a body is what a caller would send: nothing that only the server sets, or that the path says. */
function withoutServers(example: Json, route: Route, book: SchemaBook): Json {
  if (route.body === '*' || route.body?.fieldKind !== 'message' || typeof example !== 'object' || example === null) return example
  const bound = route.variables.map((chain) => (chain[0] === route.body ? chain[1] : undefined))
  const hidden = new Set(
    route.body.message.fields
      .filter((field) => behaves(field, BEHAVIOR.outputOnly) || bound.includes(field))
      .map((field) => book.name(field)),
  )
  return Object.fromEntries(Object.entries(example).filter(([name]) => !hidden.has(name)))
}

function shapeOf(path: string): string {
  return path.replace(/\{[^}]+\}/g, '{}')
}

/** A template as a path of OpenAPI: a variable of several segments becomes a parameter for each `*` in it. */
function describePath({ template, variables }: Route): { path: string; parameters: JsonMap[] } {
  const parameters: JsonMap[] = []
  const taken = new Set<string>()
  const parts = template.segments.map((segment, i) => {
    if (segment.kind === 'literal') return encodeURIComponent(segment.text)
    const at = template.variables.findIndex((variable) => i >= variable.start && i < variable.end)
    const variable = template.variables[at]
    const before = template.segments[i - 1]
    const isAlone = variable !== undefined && variable.end - variable.start === 1
    const wish = isAlone ? variable.fieldPath.join('.') : before?.kind === 'literal' ? `${before.text}_id` : 'segment'
    const name = unique(wish, taken)
    const field = variables[at]?.at(-1)
    const description = [
      field === undefined ? '' : commentOf(field),
      segment.kind === '**' ? 'May hold slashes.' : '',
      isAlone || variable === undefined ? '' : `Part of \`${variable.fieldPath.join('.')}\`.`,
    ]
      .filter((text) => text !== '')
      .join(' ')
    parameters.push({
      name,
      in: 'path',
      required: true,
      ...(description === '' ? {} : { description }),
      schema: { type: 'string' },
    })
    return `{${name}}`
  })
  return { path: `/${parts.join('/')}${template.verb === undefined ? '' : `:${encodeURIComponent(template.verb)}`}`, parameters }
}

function unique(wish: string, taken: Set<string>): string {
  let name = wish
  for (let n = 2; taken.has(name); n += 1) name = `${wish}_${n}`
  taken.add(name)
  return name
}

function queryParameters(route: Route, book: SchemaBook): JsonMap[] {
  if (route.body === '*') return []
  const bound = new Set(route.variables.map((chain) => chain.map((field) => field.name).join('.')))
  const list = (fields: readonly DescField[], within: Within, depth: number): JsonMap[] =>
    fields.flatMap((field) => {
      const proto = `${within.proto}${field.name}`
      if (bound.has(proto) || field === route.body) return []
      const name = `${within.json}${book.name(field)}`
      const required = within.required && behaves(field, BEHAVIOR.required)
      if (isTextual(field)) return [queryParameter(field, book, { name, required })]
      if (field.fieldKind !== 'message' || depth >= PARAMETER_DEPTH || field.message.typeName.startsWith('google.protobuf.'))
        return []
      if (field.message === field.parent) return []
      return list(field.message.fields, { json: `${name}.`, proto: `${proto}.`, required }, depth + 1)
    })
  return list(route.method.input.fields, { json: '', proto: '', required: true }, 1)
}

/** The message that parameters are in: how their names begin, and whether it has to be there; what it requires is required only then. */
interface Within {
  readonly json: string
  readonly proto: string
  readonly required: boolean
}

function queryParameter(
  field: DescField,
  book: SchemaBook,
  { name, required }: { readonly name: string; readonly required: boolean },
): JsonMap {
  const description = commentOf(field)
  const schema = Object.fromEntries(Object.entries(book.field(field)).filter(([key]) => key !== 'description'))
  return {
    name,
    in: 'query',
    ...(description === '' ? {} : { description }),
    ...(required ? { required } : {}),
    schema,
    ...(field.fieldKind === 'list' ? { style: 'form', explode: true } : {}),
  }
}
