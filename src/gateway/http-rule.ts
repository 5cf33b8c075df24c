// Reads google.api.http from the options of a method, whether or not the schema carries the extension's own definition.
import type { DescMethod } from '@bufbuild/protobuf'
import { WireReader } from '../base/proto-json/wire-reader.js'

/** One google.api.HttpRule. Source: google/api/http.proto. */
export interface HttpRule {
  /** HTTP method in upper case, or `*` for any; undefined when the rule has no pattern. */
  readonly httpMethod: string | undefined
  /** Path template; empty when the rule has no pattern. */
  readonly path: string
  /** Name of the field that the body is mapped to, `*`, or empty for no body. */
  readonly body: string
  /** Name of the field of the answer that is the body, or empty for all of it. */
  readonly responseBody: string
  readonly additionalBindings: readonly HttpRule[]
}

/** One way to a method, as it is written in the configuration of a service. */
export interface RuleBinding {
  readonly get?: string
  readonly put?: string
  readonly post?: string
  readonly delete?: string
  readonly patch?: string
  readonly custom?: { readonly kind: string; readonly path: string }
  readonly body?: string
  readonly responseBody?: string
}

/**
 * A rule beside the schema: it takes the place of the method's own. Source: "gRPC API Service Configuration" in
 * google/api/http.proto.
 */
export interface ServiceRule extends RuleBinding {
  /** Full name of the method, such as `pkg.Service.Method`. */
  readonly selector: string
  readonly additionalBindings?: readonly RuleBinding[]
}

/** The rule that a configuration says. */
export function configuredRule(rule: ServiceRule): HttpRule {
  return { ...bindingRule(rule), additionalBindings: (rule.additionalBindings ?? []).map(bindingRule) }
}

function bindingRule(binding: RuleBinding): HttpRule {
  const { get, put, post, delete: remove, patch, custom, body = '', responseBody = '' } = binding
  const patterns = [
    ['GET', get],
    ['PUT', put],
    ['POST', post],
    ['DELETE', remove],
    ['PATCH', patch],
    [custom?.kind, custom?.path],
  ] as const
  const [httpMethod, path = ''] = patterns.find(([, template]) => template !== undefined) ?? [undefined]
  return { httpMethod, path, body, responseBody, additionalBindings: [] }
}

/** Number of the extension google.api.http of google.protobuf.MethodOptions. */
const HTTP_EXTENSION = 72295728

const METHODS: Readonly<Record<number, string>> = { 2: 'GET', 3: 'PUT', 4: 'POST', 5: 'DELETE', 6: 'PATCH' }

/** The rule of a method; undefined when it has none. */
export function httpRule(method: DescMethod): HttpRule | undefined {
  const option = method.proto.options?.$unknown?.findLast((field) => field.no === HTTP_EXTENSION)
  return option && readRule(new WireReader(option.data).bytes())
}

function readRule(encoded: Uint8Array): HttpRule {
  const reader = new WireReader(encoded)
  const rule = {
    httpMethod: undefined as string | undefined,
    path: '',
    body: '',
    responseBody: '',
    additionalBindings: [] as HttpRule[],
  }
  while (reader.pos < reader.length) {
    const tag = reader.uint32()
    const number = tag >>> 3
    const httpMethod = METHODS[number]
    if (httpMethod !== undefined) Object.assign(rule, { httpMethod, path: reader.string() })
    else if (number === 7) rule.body = reader.string()
    else if (number === 8) Object.assign(rule, readCustom(reader.bytes()))
    else if (number === 11) rule.additionalBindings.push(readRule(reader.bytes()))
    else if (number === 12) rule.responseBody = reader.string()
    else reader.skip(tag & 7, number)
  }
  return rule
}

function readCustom(encoded: Uint8Array): { httpMethod: string; path: string } {
  const reader = new WireReader(encoded)
  const custom = { httpMethod: '', path: '' }
  while (reader.pos < reader.length) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) custom.httpMethod = reader.string()
    else if (tag >>> 3 === 2) custom.path = reader.string()
    else reader.skip(tag & 7, tag >>> 3)
  }
  return custom
}
