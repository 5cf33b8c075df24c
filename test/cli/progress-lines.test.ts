import { expect, test } from 'vitest'
import { parseProgress, ProgressLines, type ProgressLine } from '../../src/cli/progress-lines.js'

test.each<[string, ProgressLine | undefined]>([
  ['::progress 40 half way', { percent: 40, text: 'half way' }],
  ['::progress 40', { percent: 40, text: '' }],
  ['::progress 40%', { percent: 40, text: '' }],
  ['::progress 40% half way', { percent: 40, text: 'half way' }],
  ['::progress   0   a  b  ', { percent: 0, text: 'a  b' }],
  ['::progress 100 done\r', { percent: 100, text: 'done' }],
  ['::progress 40  ', { percent: 40, text: '' }],
  ['::progress 40text', undefined],
  ['::progress 101', undefined],
  ['::progress -1', undefined],
  ['::progress 4.5', undefined],
  ['::progress', undefined],
  ['::progress forty', undefined],
  [' ::progress 40', undefined],
  ['say ::progress 40', undefined],
  ['', undefined],
])('%j', (line, expected) => {
  expect(parseProgress(line)).toEqual(expected)
})

test.each([
  ['in one piece', ['::progress 1 a\nother\n::progress 2 b\n']],
  ['byte by byte', [...Buffer.from('::progress 1 a\nother\n::progress 2 b\n')].map((byte) => Buffer.from([byte]))],
  ['without a last newline', ['::progress 1 a\n', '::progress 2 b']],
  ['among lines without end', ['::progress 1 a\n', 'x'.repeat(100_000), '\n::progress 2 b\n']],
])('are found %s', (_name, chunks) => {
  const found: ProgressLine[] = []
  const lines = new ProgressLines((line) => found.push(line))
  for (const chunk of chunks) lines.push(Buffer.from(chunk))
  lines.end()
  expect(found).toEqual([
    { percent: 1, text: 'a' },
    { percent: 2, text: 'b' },
  ])
})

test('text that is cut between two bytes of a character stays whole', () => {
  const found: ProgressLine[] = []
  const lines = new ProgressLines((line) => found.push(line))
  const bytes = Buffer.from('::progress 5 готово\n')
  lines.push(bytes.subarray(0, 14))
  lines.push(bytes.subarray(14))
  expect(found).toEqual([{ percent: 5, text: 'готово' }])
})

test('many blanks take no time', () => {
  const line = `::progress 40 a${' '.repeat(40_000)}b`
  const began = performance.now()
  for (let time = 0; time < 20; time += 1) parseProgress(line)
  expect(performance.now() - began).toBeLessThan(5000)
})
