// What a request says beside its query: the names in its path, its media type, its body. Throws Problem.
import type { Request } from 'express'
import { HttpError, type Reason } from '../../gateway/http-error.js'
import { hasBody } from '../../gateway/http-message.js'
import { parseQuery, type Parameter } from '../../gateway/query.js'
import { expectJson, readBody } from '../../gateway/request-body.js'
import { HTTP_LIMITS } from '../../limits.js'
import type { InstanceId, TaskId } from '../../task/identifiers.js'
import { isIdentifier } from './identifier.js'
import { Problem, type ProblemName } from './problem.js'

/** What a request is about. */
export interface Names {
  readonly account: InstanceId
  /** Undefined: all tasks of the account. */
  readonly task: TaskId | undefined
}

const OURS = /^\/accounts(?:\/|$)/
const TASKS = /^\/accounts\/([^/]*)\/core\/v1\/tasks(?:\/([^/]*))?$/
const METHODS: readonly string[] = ['GET', 'HEAD']

/** Whether the face answers this path. */
export function isOurs(url: string): boolean {
  return OURS.test(splitUrl(url).path)
}

/** Whether the path is that of a list. */
export function isCollection(url: string): boolean {
  const match = TASKS.exec(splitUrl(url).path)
  return match !== null && match[2] === undefined
}

/** The names in the path, once path and method are ones that there are. */
export function readNames({ method, url }: Request): Names {
  const [match, account = '', task] = TASKS.exec(splitUrl(url).path) ?? []
  if (match === undefined) throw new Problem('collectionNotFound')
  if (!METHODS.includes(method)) throw new Problem('methodNotAllowed', { headers: { Allow: METHODS.join(', ') } })
  if (!isIdentifier(account)) throw new Problem('invalidAccount')
  if (task !== undefined && !isIdentifier(task)) throw new Problem('invalidResource')
  return { account: account as InstanceId, task: task as TaskId | undefined }
}

/** The parameters of the query, decoded. */
export function readParameters(url: string): Parameter[] {
  if (url.length > HTTP_LIMITS.urlBytes) throw new Problem('uriTooLong')
  try {
    return parseQuery(splitUrl(url).query)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    throw new Problem('invalidParameters', { invalidParams: [{ name: 'query', reason: error.message }] })
  }
}

/** The media type to answer with, one of `served`; the first of them when the client does not mind. */
export function chooseType(request: Request, served: readonly string[]): string {
  // JSON has no charset, but clients that ask for UTF-8 get it.
  const chosen = request.accepts(served.flatMap((type) => [type, `${type};charset=utf-8`]))
  const type = served.find((name) => chosen !== false && chosen.startsWith(name))
  if (type === undefined) throw new Problem('notAcceptable')
  return type
}

const BODY_PROBLEMS: Partial<Record<Reason, ProblemName>> = {
  BODY_TOO_LARGE: 'bodyTooLarge',
  MALFORMED_BODY: 'invalidPayload',
  UNSUPPORTED_MEDIA_TYPE: 'invalidHeaders',
}

/** Reads the body, which says nothing: clients send `{}` with a GET. It has to be JSON all the same. */
export async function checkBody(request: Request): Promise<void> {
  if (!hasBody(request)) return
  const bytes = await readJsonBytes(request)
  if (bytes.length > 0 && !isJson(bytes)) throw new Problem('invalidPayload')
}

async function readJsonBytes(request: Request): Promise<Uint8Array> {
  try {
    expectJson(request.headers['content-type'], ['application/json'])
    return await readBody(request, HTTP_LIMITS.bodyBytes)
  } catch (error) {
    const problem = error instanceof HttpError ? BODY_PROBLEMS[error.reason] : undefined
    throw problem === undefined ? error : new Problem(problem)
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}

function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}
