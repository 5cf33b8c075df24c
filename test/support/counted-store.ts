// A store that counts what is read from it.
import type { TaskStore } from '../../src/task/task-store.js'

/** How often each method was called. */
export type Calls = Partial<Record<keyof TaskStore, number>>

/** `store`, and the calls that it gets from now on. */
export function counted(store: TaskStore): { readonly store: TaskStore; readonly calls: Calls } {
  const calls: Calls = {}
  const counting = new Proxy(store, {
    get(target, name: keyof TaskStore) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...parameters: unknown[]): unknown => {
        calls[name] = (calls[name] ?? 0) + 1
        return Reflect.apply(method, target, parameters)
      }
    },
  })
  return { store: counting, calls }
}
