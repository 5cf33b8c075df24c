import { expect, test } from 'vitest'
import { releaseWarning } from '../../src/base/node-release.js'

test.each([
  ['18.20.0', '2026-01-01', 'gets no security fixes'],
  ['20.20.2', '2026-04-30', 'lacks fixes to HTTP/2'],
  ['20.20.2', '2026-05-01', 'Node.js 20 gets no security fixes since 2026-04-30'],
  ['22.23.1', '2026-08-01', 'run 22.23.2 or newer'],
  ['22.9.9', '2026-08-01', 'run 22.23.2 or newer'],
  ['22.23.2', '2026-08-01', undefined],
  ['22.23.2', '2027-05-01', 'since 2027-04-30'],
  ['23.1.0', '2026-08-01', 'long-term support'],
  ['24.18.0', '2026-08-01', undefined],
  ['24.20.0', '2026-08-01', undefined],
  ['26.0.0', '2026-08-01', undefined],
])('Node.js %s on %s: %s', (version, day, warning) => {
  const said = releaseWarning(version, new Date(`${day}T12:00:00Z`))
  if (warning === undefined) expect(said).toBeUndefined()
  else expect(said).toContain(warning)
})
