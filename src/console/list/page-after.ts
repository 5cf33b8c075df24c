// What becomes of a page of a list when tasks are written while somebody looks at it.
import { isLater, type Task, type WatchAnswer } from '../api/task.js'

/** A page as it is shown. */
export interface ShownPage {
  readonly tasks: readonly Task[]
  /** Tasks that match and came since, where there is no place for them here. */
  readonly newer: number
}

/** Tasks that a page can hold; a thousand of them may have come while somebody looked at it. */
const PAGE_TASKS = 2000

/**
 * The page after what happened: its tasks as they are now, without those that no longer match. `takesNew`: whether what is
 * new belongs at its top, as on the first page in the order of the newest first. Nothing is dropped at its end, for the next
 * page begins after what was there.
 */
export function pageAfter(page: ShownPage, answers: readonly WatchAnswer[], takesNew: boolean): ShownPage {
  const byId = new Map(page.tasks.map((task) => [task.id, task]))
  const added: Task[] = []
  let { newer } = page
  for (const { event, task, matches } of answers) {
    if (event === undefined || task === undefined) continue
    const known = byId.get(task.id)
    if (matches !== true) byId.delete(task.id)
    else if (known !== undefined) byId.set(task.id, isLater(task, known) ? task : known)
    else if (takesNew && byId.size < PAGE_TASKS) {
      byId.set(task.id, task)
      added.unshift(task)
    } else if (event.kind === 'CREATED') newer += 1
  }
  const order = [...added.map(({ id }) => id), ...page.tasks.map(({ id }) => id)]
  return { tasks: order.flatMap((id) => byId.get(id) ?? []), newer }
}
