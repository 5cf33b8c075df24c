// The parts of a matched request into a message: body, query, and path, which wins. Source: "Rules for HTTP mapping" in
// google/api/http.proto.
import { Draft } from '../base/proto-json/draft.js'
import type { DraftValue, Item } from '../base/proto-json/draft.js'
import { JsonFault } from '../base/proto-json/json-fault.js'
import { scanJson } from '../base/proto-json/json-text.js'
import type { JsonNode } from '../base/proto-json/json-text.js'
import { MessageReader } from '../base/proto-json/read-message.js'
import type { TypeSource } from '../base/proto-json/type-source.js'
import { fromJsonFault, HttpError } from './http-error.js'
import type { FieldChain } from './parameter.js'
import { chainName, conflict, findChain, isTextual, readParameter, setParameter } from './parameter.js'
import type { Parameter } from './query.js'
import type { Match } from './router.js'

/** How strictly requests are read. */
export interface BindOptions {
  readonly types: TypeSource
  /** What to do with members of the body that are no field. Default: reject. */
  readonly unknownFields?: 'reject' | 'ignore'
  /** What to do with parameters that are no field: reject them, ignore them all, or ignore these. Default: reject. */
  readonly unknownParameters?: 'reject' | 'ignore' | readonly string[]
  /** How deeply JSON may nest. */
  readonly maxDepth: number
}

/** Reads a JSON body into the draft and answers its tree; an empty body sets nothing. Throws HttpError. */
export function bindBody({ route }: Match, draft: Draft, body: Uint8Array, options: BindOptions): JsonNode | undefined {
  if (body.length === 0) return undefined
  const field = route.body
  if (field === undefined) throw new HttpError('BODY_NOT_ALLOWED', 'This method takes no body')
  return asHttpError(() => {
    const node = scanJson(body, options.maxDepth)
    const reader = new MessageReader(options.types, options)
    if (field === '*') reader.whole(draft, node)
    else if (node !== null) {
      const value = reader.value(field, node, field.name)
      if (value !== null) draft.set(field, value)
    }
    reader.finish()
    return node
  })
}

function asHttpError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof JsonFault ? fromJsonFault(error) : error
  }
}

/**
 * Sets query parameters, and answers those that are no field but let through. Each single field may be given once, and
 * not in the path or body as well. Throws HttpError.
 */
export function bindQuery({ route }: Match, draft: Draft, query: readonly Parameter[], options: BindOptions): Parameter[] {
  const seen = new Set<string>()
  const others: Parameter[] = []
  for (const [name, text] of query) {
    const chain = findChain(route.method.input, name)
    if (chain === undefined) {
      if (!isIgnored(name, options)) throw unknownParameter(name, `${route.method.input.typeName} has no such field`)
      others.push([name, text])
      continue
    }
    const field = chain.at(-1)
    const path = chainName(chain)
    if (field === undefined || !isTextual(field)) throw unknownParameter(name, 'a field that cannot be given as a parameter')
    if (route.variables.some((bound) => chainName(bound) === path)) throw conflict(path, 'is given in the path and the query')
    if (route.body === '*' || route.body === chain[0]) {
      if (!isIgnored(name, options)) throw unknownParameter(name, 'a field that belongs in the body')
      others.push([name, text])
      continue
    }
    if (field.fieldKind !== 'list' && seen.has(path)) throw conflict(path, 'is given more than once')
    seen.add(path)
    setParameter(draft, chain, readParameter(options.types, field, { name: path, text }))
  }
  return others
}

function isIgnored(name: string, { unknownParameters = 'reject' }: BindOptions): boolean {
  return unknownParameters === 'ignore' || (unknownParameters !== 'reject' && unknownParameters.includes(name))
}

function unknownParameter(field: string, description: string): HttpError {
  return new HttpError('UNKNOWN_PARAMETER', `The query has a parameter that is not known: ${field.slice(0, 200)}`, [
    { field: field.slice(0, 200), description },
  ])
}

/** Sets path variables. A body may repeat the value of the path, and may not contradict it. Throws HttpError. */
export function bindPath({ route, values }: Match, draft: Draft, types: TypeSource): void {
  for (const [i, chain] of route.variables.entries()) {
    const field = chain.at(-1)
    if (field === undefined) continue
    const name = chainName(chain)
    const value = readParameter(types, field, { name, text: values[i] ?? '' })
    const other = valueAt(draft, chain)
    if (other !== undefined && !isSame(other, value)) throw conflict(name, 'differs between the path and the body')
    setParameter(draft, chain, value)
  }
}

function valueAt(draft: Draft, chain: FieldChain): DraftValue | undefined {
  let value: DraftValue | undefined = draft
  for (const field of chain) value = value instanceof Draft ? value.get(field) : undefined
  return value
}

function isSame(a: DraftValue, b: Item): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return Object.is(a, b)
}
