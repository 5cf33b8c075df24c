// What the console asks, as commands to type.
import { listPath, taskPath, type ListRequest } from './tasks-api.js'

/** Where the server is, as seen from the page. */
export interface Server {
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string
  /** `host:port` of the gRPC port. */
  readonly grpc: string
  /** Whether calls need a token. */
  readonly needsToken: boolean
}

/** The list as a command of curl. */
export function curlList(server: Server, instance: string, request: ListRequest): string {
  return curl(server, listPath(instance, request))
}

/** The task as a command of curl. */
export function curlTask(server: Server, instance: string, taskId: string): string {
  return curl(server, taskPath(instance, taskId))
}

/** The list as a command of grpcurl. */
export function grpcurlList(server: Server, instance: string, { filter, orderBy, pageSize, pageToken }: ListRequest): string {
  return grpcurl(server, 'ListTasks', { service_instance_id: instance, filter, order_by: orderBy, page_size: pageSize, page_token: pageToken })
}

/** The task as a command of grpcurl. */
export function grpcurlTask(server: Server, instance: string, taskId: string): string {
  return grpcurl(server, 'GetTask', { service_instance_id: instance, task_id: taskId })
}

/** A first task, recorded by the command line of Taskplane. */
export function runFirst({ origin, grpc, needsToken }: Server, instance: string): string {
  const token = needsToken ? 'TASKPLANE_TOKEN="$TOKEN" ' : ''
  const tls = origin.startsWith('https:') ? ' --tls' : ''
  return `${token}npx taskplane run --grpc-address ${grpc}${tls} --instance ${quoted(instance)} --command demo.hello -- sleep 10`
}

function curl({ origin, needsToken }: Server, path: string): string {
  // The token is left to the shell of whoever pastes this: it has no place in a clipboard.
  return `curl -s${needsToken ? ' -H "Authorization: Bearer $TOKEN"' : ''} ${quoted(origin + path)}`
}

function grpcurl({ origin, grpc, needsToken }: Server, method: string, request: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined && value !== '')
  const flags = [origin.startsWith('https:') ? [] : ['-plaintext'], needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []].flat()
  const body = quoted(JSON.stringify(Object.fromEntries(given)))
  return ['grpcurl', ...flags, '-d', body, grpc, `openshift.v1.TaskService/${method}`].join(' ')
}

/** `text` as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
