// What the doctor says of the file of a store, and of the disk it is on.
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkStoreFile } from '../../src/doctor/store-checks.js'
import { DOCTOR_LIMITS } from '../../src/limits.js'
import { smallerLimits } from '../support/smaller-limits.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const SOUND = { journalMode: 'wal', schemaVersion: 3, knownVersion: 3 }

/** The verdicts on a store whose log has so many bytes, by what was looked at. */
function verdicts(logBytes: number, file = SOUND): Record<string, string> {
  const path = join(temporaryDirectory(), 'tasks.db')
  writeFileSync(path, '')
  writeFileSync(`${path}-wal`, '')
  truncateSync(`${path}-wal`, logBytes)
  return Object.fromEntries(checkStoreFile(path, () => file).map(({ check, verdict }) => [check, verdict]))
}

test.each([
  ['a log of the usual size', DOCTOR_LIMITS.logBytes, 'ok'],
  ['one that something keeps from being folded in', DOCTOR_LIMITS.logBytes + 1, 'warning'],
])('%s', (_what, bytes, verdict) => expect(verdicts(bytes)['store log']).toBe(verdict))

test.each([
  ['a disk with room', 1, 'ok'],
  ['one with less than there should be', Number.MAX_SAFE_INTEGER, 'warning'],
])('%s', (_what, diskBytes, verdict) => {
  smallerLimits(DOCTOR_LIMITS, { diskBytes })
  expect(verdicts(0)['disk']).toBe(verdict)
})

test.each([
  ['sound', SOUND, 'ok'],
  ['of a newer program', { ...SOUND, schemaVersion: 4 }, 'warning'],
  ['in another journal mode', { ...SOUND, journalMode: 'delete' }, 'failure'],
])('a file that is %s', (_what, file, verdict) => expect(verdicts(0, file)['store file']).toBe(verdict))
