import { expect, test } from 'vitest'
import { nodeWarning } from '../../src/base/node-release.js'

test.each([
  ['v20.20.2', '2026-04-29', false],
  ['v20.20.2', '2026-04-30', true],
  ['v22.23.2', '2026-11-22', false],
  ['v22.24.0', '2026-11-22', false],
  ['v22.23.1', '2026-11-22', true],
  ['v24.17.9', '2026-11-22', true],
  ['v22.23.2', '2027-05-01', true],
  ['v25.0.0', '2026-11-22', true],
  ['v99.0.0', '2026-11-22', false],
])('%s on %s: warns %s', (version, day, isWarned) => {
  expect(nodeWarning(version, new Date(day)) !== undefined).toBe(isWarned)
})
