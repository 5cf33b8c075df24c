// Routes: what the rules of a schema's methods say, checked against their messages. Made once, at creation.
import type { DescField, DescMethod, DescService } from '@bufbuild/protobuf'
import { etagChain } from './etag-field.js'
import type { HttpRule } from './http-rule.js'
import { httpRule } from './http-rule.js'
import { pathMessage, type PathMessage } from './path-message.js'
import type { Template } from './template.js'
import { parseTemplate, TemplateFault } from './template.js'

/** A method of the schema, by its descriptor and full name. */
export type GatewayMethod = DescMethod & {
  /** Full name such as `pkg.Service.Method`. */
  readonly typeName: string
}

/** One HTTP method and path that leads to one gRPC method. */
export interface Route {
  readonly method: GatewayMethod
  /** In upper case, or `*` for any. */
  readonly httpMethod: string
  readonly template: Template
  /** Fields from the request down, for each variable of the template. */
  readonly variables: readonly (readonly DescField[])[]
  /** What the request body is: the whole message, one field of it, or nothing. */
  readonly body: '*' | DescField | undefined
  /** The field of the answer that is its body; undefined when all of it is. */
  readonly responseBody: DescField | undefined
  /** The fields that lead to the entity tag of the answer; undefined when it has none. */
  readonly etag: readonly DescField[] | undefined
  /** Makes the message of a request that says nothing but its path; undefined when that takes more than copying text. */
  readonly pathMessage: PathMessage | undefined
}

/** What to make routes for. */
export interface RouteOptions {
  /** Give methods without a rule `POST /pkg.Service/Method` with the whole message as body. Default: false. */
  readonly unannotated?: boolean
  /** Rules in place of those of the schema, by full name of the method. */
  readonly rules?: ReadonlyMap<string, HttpRule>
}

/**
 * The routes of a service, in the order of its methods. Throws Error naming the method, and the column for a fault in a
 * template.
 */
export function routesOf(service: DescService, options: RouteOptions = {}): Route[] {
  return service.methods.flatMap((desc) => {
    const method: GatewayMethod = { ...desc, typeName: `${service.typeName}.${desc.name}` }
    const rule = options.rules?.get(method.typeName) ?? httpRule(desc)
    if (rule !== undefined) return [rule, ...rule.additionalBindings].map((binding) => route(method, binding, rule))
    if (options.unannotated !== true) return []
    const path = `/${service.typeName}/${desc.name}`
    return [route(method, { httpMethod: 'POST', path, body: '*', responseBody: '', additionalBindings: [] })]
  })
}

function route(method: GatewayMethod, rule: HttpRule, primary = rule): Route {
  const fail = (problem: string): never => {
    throw new Error(`${method.typeName}: ${problem}`)
  }
  if (rule !== primary && rule.additionalBindings.length > 0) fail('additional_bindings inside additional_bindings')
  if (rule.httpMethod === undefined || rule.httpMethod === '') return fail('an HTTP rule without method and path')
  if (!/^(?:\*|[A-Z][A-Z-]*)$/.test(rule.httpMethod)) return fail(`"${rule.httpMethod}" is not an HTTP method in upper case`)
  const template = parsed(method, rule.path)
  const variables = template.variables.map((variable) => {
    const where = `"${rule.path}" column ${variable.column}`
    return resolve(method, variable.fieldPath, where)
  })
  const body = bodyOf(method, rule)
  if (typeof body === 'object' && variables.some((path) => path.length === 1 && path[0] === body))
    fail(`${body.name} is both in the path and the body`)
  const responseBody = rule.responseBody === '' ? undefined : topField(method.output.fields, rule.responseBody)
  if (rule.responseBody !== '' && responseBody === undefined)
    fail(`response_body: ${method.output.typeName} has no field "${rule.responseBody}"`)
  const etag = etagChain(method.output, responseBody)
  return { method, httpMethod: rule.httpMethod, template, variables, body, responseBody, etag, pathMessage: pathMessage(variables) }
}

function parsed(method: GatewayMethod, path: string): Template {
  try {
    return parseTemplate(path)
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    throw new Error(`${method.typeName}: "${path}" column ${error.column}: ${error.message}`, { cause: error })
  }
}

function resolve(method: GatewayMethod, names: readonly string[], where: string): readonly DescField[] {
  const path: DescField[] = []
  let type = method.input
  for (const [i, name] of names.entries()) {
    const field = topField(type.fields, name)
    if (field === undefined) throw new Error(`${method.typeName}: ${where}: ${type.typeName} has no field "${name}"`)
    path.push(field)
    if (i === names.length - 1) break
    if (field.fieldKind !== 'message') throw new Error(`${method.typeName}: ${where}: "${name}" is not a message`)
    type = field.message
  }
  const last = path.at(-1)
  // http.proto: "each field is a non-repeated field with a primitive (non-message) type".
  if (last?.fieldKind !== 'scalar' && last?.fieldKind !== 'enum')
    throw new Error(`${method.typeName}: ${where}: "${names.join('.')}" is not a single scalar`)
  return path
}

function bodyOf(method: GatewayMethod, rule: HttpRule): '*' | DescField | undefined {
  if (rule.body === '') {
    if (method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming')
      throw new Error(`${method.typeName}: a stream of requests needs a body`)
    return undefined
  }
  if (rule.httpMethod === 'GET' || rule.httpMethod === 'HEAD')
    throw new Error(`${method.typeName}: ${rule.httpMethod} has no body`)
  if (rule.body === '*') return '*'
  const field = topField(method.input.fields, rule.body)
  if (field === undefined) throw new Error(`${method.typeName}: body: ${method.input.typeName} has no field "${rule.body}"`)
  return field
}

function topField(fields: readonly DescField[], name: string): DescField | undefined {
  return fields.find((field) => field.name === name)
}
