// How long each line of Node.js gets security fixes.

/** Days after which the lines that this program runs on get no more fixes. Source: the schedule of nodejs/Release. */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  18: '2025-04-30',
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
}

/** What to say of a version such as `v20.20.2` on the day of `now`; undefined when there is nothing to say. */
export function nodeWarning(version: string, now: Date): string | undefined {
  const line = Number(/^v(\d+)\./.exec(version)?.[1])
  const end = END_OF_LIFE[line]
  if (end === undefined || now < new Date(end)) return undefined
  return `Node.js ${version} gets no security fixes since ${end}: run a newer line`
}
