import { expect, test } from 'vitest'
import { textLine } from '../../src/sight/text-line.js'

const line = (fields: Record<string, unknown>): string =>
  textLine(JSON.stringify({ level: 30, time: Date.parse('2026-03-01T12:00:00Z'), ...fields, msg: 'call' }))

test.each([
  [{ caller: 'worker-3', ms: 1.5 }, 'caller=worker-3 ms=1.5'],
  [{ caller: 'a b' }, 'caller="a b"'],
  [{ caller: 'x status=OK' }, 'caller="x status=OK"'],
  [{ caller: 'x\n2026-03-01 ERROR y\u001b[2J' }, 'caller="x\\n2026-03-01 ERROR y\\u001b[2J"'],
  [{ limits: { a: 1 }, ready: true }, 'ready=true'],
])('%j reads %s', (fields, text) => expect(line(fields)).toBe(`2026-03-01T12:00:00.000Z INFO  call ${text}\n`))

test('the stack of an error follows its line', () => {
  expect(line({ level: 50, err: { stack: 'Error: x\n    at y' } })).toBe('2026-03-01T12:00:00.000Z ERROR call\nError: x\n    at y\n')
})
