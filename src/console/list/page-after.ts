// What becomes of a page of a list when tasks are written while somebody looks at it.
import { isLater, type Task, type WatchAnswer } from '../api/task.js'

/** A page as it is shown. */
export interface ShownPage {
  readonly tasks: readonly Task[]
  /** Tasks that match and came since, where there is no place for them here. */
  readonly newer: number
}

/**
 * The page after what happened: its tasks as they are now, without those that no longer match. `takesNew`: whether what is
 * new belongs at its top, as on the first page in the order of the newest first; then it keeps `limit` tasks.
 */
export function pageAfter(page: ShownPage, answers: readonly WatchAnswer[], { takesNew, limit }: { readonly takesNew: boolean; readonly limit: number }): ShownPage {
  const byId = new Map(page.tasks.map((task) => [task.id, task]))
  const added: Task[] = []
  let { newer } = page
  for (const { event, task, matches } of answers) {
    if (event === undefined || task === undefined) continue
    const known = byId.get(task.id)
    if (matches !== true) byId.delete(task.id)
    else if (known !== undefined) byId.set(task.id, isLater(task, known) ? task : known)
    else if (takesNew) {
      byId.set(task.id, task)
      added.unshift(task)
    } else if (event.kind === 'CREATED') newer += 1
  }
  const order = [...added.map(({ id }) => id), ...page.tasks.map(({ id }) => id)]
  const tasks = order.flatMap((id) => byId.get(id) ?? [])
  return { tasks: tasks.slice(0, Math.max(limit, page.tasks.length)), newer }
}
