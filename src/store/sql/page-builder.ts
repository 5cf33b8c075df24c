// Gathers the tasks of a page.
import { LIST_LIMITS } from '../../limits.js'
import type { TaskPage } from '../../task/task-store.js'

/** Takes tasks up to a number and LIST_LIMITS.pageBytes; one more is offered to it to know whether there is a next page. */
export class PageBuilder {
  /** Whether there was one more than the page has room for. */
  isFull = false
  readonly tasks: Uint8Array[] = []
  private readonly limit: number
  private bytes = 0
  private last: bigint | undefined

  constructor(limit: number) {
    this.limit = limit
  }

  /** Tasks still to offer. */
  get room(): number {
    return this.limit - this.tasks.length + 1
  }

  /** Adds a task at its position in the list; false when the page has no room for it. */
  add(encoded: Uint8Array, position?: bigint): boolean {
    const fits = this.bytes + encoded.length <= LIST_LIMITS.pageBytes || this.tasks.length === 0
    this.isFull = this.tasks.length === this.limit || !fits
    if (this.isFull) return false
    this.tasks.push(encoded)
    this.bytes += encoded.length
    this.last = position
    return true
  }

  /** The page; `next` is the position to read on after, when there is more. */
  build(revision: bigint, hasNext: boolean, next = this.last): TaskPage {
    return { tasks: this.tasks, revision, next: hasNext ? next : undefined }
  }
}
