// The parts of a task, and theirs, as far as they have been loaded.
import { isLater, type Task, type WatchAnswer } from '../api/task.js'

/** The parts by the id of what they are parts of; one without an entry has not been looked at. */
export type Family = ReadonlyMap<string, readonly Task[]>

/** One line of a tree. */
export interface Branch {
  readonly task: Task
  /** 1 for a part of the root. */
  readonly depth: number
  /** Whether its own parts have been looked at. */
  readonly isOpen: boolean
}

/** The family with the parts of `parentId`, in their order. */
export function withParts(family: Family, parentId: string, parts: readonly Task[]): Family {
  return new Map(family).set(parentId, parts.toSorted(byOrder))
}

/** The family after what happened. Parts of what has not been looked at are left out. */
export function familyAfter(family: Family, answers: readonly WatchAnswer[]): Family {
  let next = family
  for (const { event, task } of answers) {
    const parentId = task?.parentTaskId
    if (event === undefined || task === undefined || parentId === undefined) continue
    const parts = next.get(parentId)
    if (parts === undefined) continue
    const known = parts.find(({ id }) => id === task.id)
    if (known !== undefined && event.to !== undefined && !isLater(task, known)) continue
    const others = parts.filter(({ id }) => id !== task.id)
    next = withParts(next, parentId, event.to === undefined ? others : [...others, task])
  }
  return next
}

/** The lines of the tree below `rootId`, from the top down. */
export function branches(family: Family, rootId: string, depth = 1): Branch[] {
  const parts = family.get(rootId) ?? []
  return parts.flatMap((task) => [{ task, depth, isOpen: family.has(task.id) }, ...branches(family, task.id, depth + 1)])
}

/** As the server orders them: by order_hint, then as they were recorded. */
function byOrder(a: Task, b: Task): number {
  return (a.orderHint ?? 0) - (b.orderHint ?? 0) || Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1)
}
