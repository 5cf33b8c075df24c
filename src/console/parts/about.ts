// What a task is about, in a few words.
import type { Task } from '../api/task.js'

/** What the work is done to, or else what its producer says of it; empty when neither is known. */
export function aboutOf({ resource, summary }: Task): string {
  return resource?.name ?? resource?.id ?? summary ?? ''
}
