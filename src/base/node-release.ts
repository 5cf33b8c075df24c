// Which releases of Node.js get fixes (nodejs.org/en/about/previous-releases): this server listens to strangers through them.

interface ReleaseLine {
  readonly major: number
  /** First release with the fixes to HTTP/2 of June 2026 (CVE-2026-48937, CVE-2026-56846); undefined when the line never got them. */
  readonly fixed: string | undefined
  /** The day after which there are no fixes. */
  readonly until: string
}

/** Later ones are not known yet, and pass. */
const LINES: readonly ReleaseLine[] = [
  { major: 20, fixed: undefined, until: '2026-04-30' },
  { major: 22, fixed: '22.23.2', until: '2027-04-30' },
  { major: 24, fixed: '24.18.0', until: '2028-04-30' },
]

/** What speaks against running `version` (`20.20.2`) on the day of `now`; undefined when nothing does. */
export function releaseWarning(version: string, now: Date): string | undefined {
  const [major = 0] = version.split('.').map(Number)
  const line = LINES.find((candidate) => candidate.major === major)
  if (line === undefined) return major < 24 ? `Node.js ${version} gets no security fixes; run a line with long-term support` : undefined
  const { fixed, until } = line
  if (now > new Date(`${until}T23:59:59Z`)) return `Node.js ${major} gets no security fixes since ${until}; run a newer line with long-term support`
  if (fixed === undefined || isBefore(version, fixed)) return `Node.js ${version} lacks fixes to HTTP/2; run ${fixed ?? 'a newer line'} or newer`
  return undefined
}

function isBefore(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) => text.split('.').map(Number))
  const at = mine?.findIndex((part, index) => part !== theirs?.[index]) ?? -1
  return at >= 0 && (mine?.[at] ?? 0) < (theirs?.[at] ?? 0)
}
