// Changes limits, once, before anything has read them: at the start of the process, and of each of its threads.
import * as groups from './limits.js'

/** Values of limits by their names, such as `grpc.receiveBytes`. */
export type LimitValues = Readonly<Record<string, number>>

/** Every limit as it is now. */
export function limitValues(): LimitValues {
  return Object.fromEntries(everyLimit().map(({ name, group, key }) => [name, group[key] ?? 0]))
}

/** Sets limits; those that are not named stay as they are. Throws Error, with nothing set, for a name of no limit. */
export function setLimits(values: LimitValues): void {
  const known = new Map(everyLimit().map((limit) => [limit.name, limit]))
  const places = Object.entries(values).map(([name, value]) => {
    const place = known.get(name)
    if (place === undefined) throw new Error(`There is no limit ${name}`)
    return { ...place, value }
  })
  for (const { group, key, value } of places) group[key] = value
}

interface Place {
  readonly name: string
  readonly group: Record<string, number>
  readonly key: string
}

/** `GRPC_LIMITS.receiveBytes` is `grpc.receiveBytes`. */
function everyLimit(): Place[] {
  return Object.entries<Record<string, number>>(groups).flatMap(([title, group]) => {
    const prefix = title.replace(/_LIMITS$/, '').toLowerCase()
    return Object.keys(group).map((key) => ({ name: `${prefix}.${key}`, group, key }))
  })
}
