// Values that are there at once, or later: what is there at once costs nobody a turn of the event loop, nor what waiting takes.

/** A value, or a promise of it. Who makes one may throw where the promise would reject. */
export type Soon<T> = T | Promise<T>

/** What `next` makes of the value: at once when that is there. */
export function whenThere<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Does `work`, and `end` after it, however it ends. */
export function ending<T>(work: () => Soon<T>, end: () => void): Soon<T> {
  let value: Soon<T>
  try {
    value = work()
  } catch (error) {
    end()
    throw error
  }
  if (value instanceof Promise) return value.finally(end)
  end()
  return value
}

/** What hears of the end of some work. */
export interface Listeners<T> {
  readonly done: (value: T) => void
  /** The work threw, or rejected. */
  readonly failed: (error: unknown) => void
  /** One of the other two threw. */
  readonly fault: (error: unknown) => void
}

/** Does `work` and tells how it ended: at once when it ends at once. Never throws. */
export function settle<T>(work: () => Soon<T>, { done, failed, fault }: Listeners<T>): void {
  const guarded = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      fault(error)
    }
  }
  let value: Soon<T>
  try {
    value = work()
  } catch (error) {
    guarded(() => failed(error))
    return
  }
  if (value instanceof Promise) {
    value.then(
      (there) => guarded(() => done(there)),
      (error: unknown) => guarded(() => failed(error)),
    )
  } else {
    const there = value
    guarded(() => done(there))
  }
}
