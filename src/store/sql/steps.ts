// Work that may have to wait for a database, written once for databases that answer at once and for those that do not.

/** Work that yields whatever it has to wait for, and goes on with what came of it. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>

/** Waits for `promise`. */
export function* waitFor<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T
}

/** No wait: the answer is there. */
export function* answered<T>(value: T): Steps<T> {
  return value
}

/** Does work that has nothing to wait for. */
export function doAtOnce<T>(steps: Steps<T>): T {
  const step = steps.next()
  if (step.done !== true) throw new Error('This work has to wait')
  return step.value
}

/** Does work that waits. */
export async function doInTime<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next()
  while (step.done !== true) step = await goOn(steps, step.value)
  return step.value
}

/** The next step, once `awaited` has come to something. */
async function goOn<T>(steps: Steps<T>, awaited: Promise<unknown>): Promise<IteratorResult<Promise<unknown>, T>> {
  let value: unknown
  try {
    value = await awaited
  } catch (error) {
    return steps.throw(error)
  }
  return steps.next(value)
}
