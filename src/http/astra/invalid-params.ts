// Collects what is wrong with the parameters of a query, so that its caller hears of every fault at once.
import { ERROR_LIMITS } from '../../limits.js'

/** A parameter and what is wrong with it. */
export interface InvalidParam {
  readonly name: string
  readonly reason: string
}

/** The faults of one query. */
export class InvalidParams {
  /** At most ERROR_LIMITS.fieldViolations of them. */
  readonly list: InvalidParam[] = []

  add(name: string, reason: string): void {
    if (this.list.length < ERROR_LIMITS.fieldViolations) this.list.push({ name, reason })
  }
}
