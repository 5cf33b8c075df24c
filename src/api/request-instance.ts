// Which service instance a request is about, as far as its fields say.
import { TASK_LIMITS } from '../limits.js'

/** The instance that `request`, decoded, names in `service_instance_id` or as `instances/...` in `name`; undefined when it names none. */
export function requestInstance(request: unknown): string | undefined {
  const { serviceInstanceId, name } = (request ?? {}) as { readonly serviceInstanceId?: string; readonly name?: string }
  const instance = serviceInstanceId ?? /^instances\/([^/]*)/.exec(name ?? '')?.[1] ?? ''
  // What cannot be the name of one is refused later.
  return instance === '' || instance.length > TASK_LIMITS.idLength ? undefined : instance
}
