import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hasTerminal } from '../../src/cli/child-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

test('there is a terminal when its device can be opened', () => {
  const device = join(temporaryDirectory(), 'tty')
  expect(hasTerminal(device)).toBe(false)
  writeFileSync(device, '')
  expect(hasTerminal(device)).toBe(true)
})
