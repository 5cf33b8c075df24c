// Collects what is wrong with a request, so that its caller hears of every fault at once.
import { TaskError, type FieldViolation } from './task-error.js'

/** The faults of one request. */
export class FieldViolations {
  private readonly list: FieldViolation[] = []

  /** Records that `field` (a path in proto names) breaks its rule; `description` says what was expected. */
  add(field: string, description: string): void {
    this.list.push({ field, description })
  }

  /** Whether anything is wrong. */
  get hasAny(): boolean {
    return this.list.length > 0
  }

  /** Throws INVALID_ARGUMENT (INVALID_FIELD) with every fault in google.rpc.BadRequest, if there was any. */
  throwIfAny(): void {
    const [first] = this.list
    if (first === undefined) return
    const more = this.list.length > 1 ? ` (and ${this.list.length - 1} more)` : ''
    throw new TaskError('INVALID_ARGUMENT', 'INVALID_FIELD', `${first.field}: ${first.description}${more}`, {
      fieldViolations: this.list,
    })
  }
}
