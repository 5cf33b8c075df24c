// Collects what is wrong with a request, so that its caller hears of every fault at once.
import { ERROR_LIMITS } from '../limits.js'
import { TaskError, type FieldViolation } from './task-error.js'

/** The faults of one request. */
export class FieldViolations {
  private readonly list: FieldViolation[] = []
  private count = 0

  /**
   * Records that `field` (a path in proto names) breaks its rule; `description` says what was expected. After
   * ERROR_LIMITS.fieldViolations they are only counted.
   */
  add(field: string, description: string): void {
    this.count += 1
    if (this.list.length < ERROR_LIMITS.fieldViolations) this.list.push({ field, description })
  }

  /** Whether anything is wrong. */
  get hasAny(): boolean {
    return this.list.length > 0
  }

  /** Throws INVALID_ARGUMENT (INVALID_FIELD) with the faults in google.rpc.BadRequest, if there was any. */
  throwIfAny(): void {
    const [first] = this.list
    if (first === undefined) return
    const more = this.count > 1 ? ` (and ${this.count - 1} more)` : ''
    throw new TaskError('INVALID_ARGUMENT', 'INVALID_FIELD', `${first.field}: ${first.description}${more}`, {
      fieldViolations: this.list,
    })
  }
}
