// The gateway: HTTP/JSON requests to gRPC methods by the google.api.http rules of a schema, and their answers back.
import type { DescService, FileRegistry } from '@bufbuild/protobuf'
import { readSchema, typeSource } from '../base/proto-json/type-source.js'
import { checkOptions } from './check-options.js'
import { Exchange } from './exchange.js'
import { HttpError } from './http-error.js'
import type { GatewayRequest, GatewayResponse } from './http-message.js'
import { configuredRule } from './http-rule.js'
import { KnownReads } from './known-reads.js'
import type { GatewayOptions } from './options.js'
import { apiPages } from './api-pages.js'
import { PrintedParts } from './printed-parts.js'
import { Printers } from './printers.js'
import type { Route } from './route.js'
import { routesOf } from './route.js'
import { Router } from './router.js'

/** Answers a request. `next` is called when the path belongs to no method, and only then; without it that is a 404. */
export type GatewayHandler = (request: GatewayRequest, response: GatewayResponse, next?: (error?: unknown) => void) => void

/**
 * Makes a gateway. Throws Error, naming the method, when a rule is wrong, two routes are the same, or an option names
 * what the schema does not have.
 */
export function createGateway(options: GatewayOptions): GatewayHandler {
  const schema = readSchema(options.descriptors)
  checkOptions(schema, options)
  const types = typeSource(schema)
  const routes = routeTable(schema, options)
  const router = new Router(routes)
  const shared = { options, types, printers: new Printers(types, options), printed: new PrintedParts(), known: new KnownReads(options.knownReadBytes ?? 8 * 1024 * 1024) }
  const pages = apiPages(routes, shared)
  return (request, response, next) => {
    const exchange = new Exchange(shared, request, response)
    exchange.run(() => {
      const known = shared.known.find(request)
      if (known !== undefined) return exchange.answer(known)
      const [path, query] = splitUrl(request.url ?? '', options.maxUrlBytes ?? 8192)
      const page = pages.get(path)
      if (page !== undefined) return exchange.answerPage(page)
      const found = router.find(request.method ?? '', path)
      if (found.kind === 'route') return exchange.answer({ match: found.match, query })
      if (found.kind === 'method') exchange.answerMethods(found.allow)
      else if (found.kind === 'malformed') throw new HttpError('MALFORMED_PATH', 'The path is not percent-encoded UTF-8')
      else if (next !== undefined) exchange.handOn(next)
      else throw new HttpError('UNKNOWN_PATH', 'Nothing is served at this path')
    })
  }
}

/** The routes of the services that a gateway exposes, in the order of the schema. Throws Error as createGateway does. */
export function routeTable(schema: FileRegistry, options: Pick<GatewayOptions, 'rules' | 'services' | 'unannotated'>): Route[] {
  const services = exposed(schema, options.services)
  const methods = new Set(services.flatMap((service) => service.methods.map(({ name }) => `${service.typeName}.${name}`)))
  for (const { selector } of options.rules ?? [])
    if (!methods.has(selector)) throw new Error(`A rule is for ${selector}, which is no method that is served`)
  // "All service configuration rules follow last one wins order" (google/api/http.proto).
  const rules = new Map((options.rules ?? []).map((rule) => [rule.selector, configuredRule(rule)]))
  return services.flatMap((service) => routesOf(service, { unannotated: options.unannotated ?? false, rules }))
}

function exposed(schema: FileRegistry, names: readonly string[] | undefined): DescService[] {
  if (names === undefined) return [...schema.files].flatMap((file) => file.services)
  return names.map((name) => {
    const service = schema.getService(name)
    if (service === undefined) throw new Error(`The schema has no service ${name}`)
    return service
  })
}

function splitUrl(url: string, maxBytes: number): [path: string, query: string] {
  if (url.length > maxBytes) throw new HttpError('URL_TOO_LONG', `The URL is longer than ${maxBytes} bytes`)
  const end = url.indexOf('#')
  const whole = end < 0 ? url : url.slice(0, end)
  const at = whole.indexOf('?')
  return at < 0 ? [whole, ''] : [whole.slice(0, at), whole.slice(at + 1)]
}
