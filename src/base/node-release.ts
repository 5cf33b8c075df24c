// Which releases of Node.js are fit to serve: how long each line gets security fixes, and from where on it has those we need.

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

/** The first releases without known faults in what strangers reach. Source: the June 2026 security releases, CVE-2026-56846. */
const SOUND_FROM: Readonly<Record<number, readonly [minor: number, patch: number]>> = { 22: [23, 2], 24: [18, 0] }

/** What to say of a version such as `v20.20.2` on the day of `now`; undefined when there is nothing to say. */
export function nodeWarning(version: string, now: Date): string | undefined {
  const [line = 0, minor = 0, patch = 0] = /^v(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
  const end = END_OF_LIFE[line]
  if (end !== undefined && now >= new Date(end)) return `Node.js ${version} gets no security fixes since ${end}: run a newer line`
  const [soundMinor, soundPatch] = SOUND_FROM[line] ?? [0, 0]
  if (minor > soundMinor || (minor === soundMinor && patch >= soundPatch)) return undefined
  return `Node.js ${version} has known security faults: run ${line}.${soundMinor}.${soundPatch} or later`
}
