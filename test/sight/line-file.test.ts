// Lines get to their file in order, each once, also when the file moves; what does not fit is counted.
import { mkdirSync, openSync, readFileSync, renameSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LOG_LIMITS } from '../../src/limits.js'
import { LineFile, type LineWatch } from '../../src/sight/line-file.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

function watched(): { watch: LineWatch; failures: Error[]; dropped: () => number } {
  const failures: Error[] = []
  let dropped = 0
  const watch = { onFailure: (error: Error) => failures.push(error), onDrop: (lines: number) => (dropped += lines) }
  return { watch, failures, dropped: () => dropped }
}

const lines = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => `line ${from + index} ä\n`)

test('lines are appended in order', async () => {
  const path = join(temporaryDirectory(), 'log')
  const file = new LineFile(() => openSync(path, 'a'), watched().watch)
  for (const line of lines(0, 1000)) file.write(line)
  await file.drained()
  for (const line of lines(1000, 10)) file.write(line)
  await file.drained()
  expect(readFileSync(path, 'utf8')).toBe(lines(0, 1010).join(''))
})

test('after the file is moved away and opened anew, each line is in one of the two', async () => {
  const path = join(temporaryDirectory(), 'log')
  const file = new LineFile(() => openSync(path, 'a'), watched().watch)
  for (const line of lines(0, 500)) file.write(line)
  renameSync(path, `${path}.1`)
  file.reopen()
  for (const line of lines(500, 500)) file.write(line)
  await file.drained()
  expect(readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8')).toBe(lines(0, 1000).join(''))
  expect(readFileSync(path, 'utf8')).not.toBe('')
})

test('a file that cannot be opened anew is told of, and the old one goes on', async () => {
  const path = join(temporaryDirectory(), 'log')
  const { watch, failures } = watched()
  const file = new LineFile(() => openSync(path, 'a'), watch)
  renameSync(path, `${path}.1`)
  mkdirSync(path)
  file.reopen()
  file.write('a\n')
  await file.drained()
  expect(failures).toHaveLength(1)
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('a\n')
  rmdirSync(path)
  file.reopen()
  file.write('b\n')
  await file.drained()
  expect(readFileSync(path, 'utf8')).toBe('b\n')
})

test('on a full disk a failure is told of once, and what does not fit is counted', async () => {
  const { watch, failures, dropped } = watched()
  const file = new LineFile(() => openSync('/dev/full', 'a'), watch)
  const line = `${'x'.repeat(1023)}\n`
  const fits = LOG_LIMITS.queueBytes / line.length
  for (let index = 0; index < fits + 7; index += 1) file.write(line)
  expect(dropped()).toBe(7)
  await file.drained()
  await expect.poll(() => failures.length, { timeout: 5000 }).toBe(1)
})
