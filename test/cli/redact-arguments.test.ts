import { expect, test } from 'vitest'
import { redactArguments } from '../../src/cli/redact-arguments.js'

test.each<[string[], string[]]>([
  [['--password=x'], ['--password=[redacted]']],
  [['--password', 'x', 'y'], ['--password', '[redacted]', 'y']],
  [['--db-password', 'x'], ['--db-password', '[redacted]']],
  [['-token', 'x'], ['-token', '[redacted]']],
  [['--secret', '--verbose'], ['--secret', '--verbose']],
  [['DB_PASSWORD=x'], ['DB_PASSWORD=[redacted]']],
  [['AWS_SECRET_ACCESS_KEY=x'], ['AWS_SECRET_ACCESS_KEY=[redacted]']],
  [['--api-key=x'], ['--api-key=[redacted]']],
  [['Authorization: Bearer x'], ['Authorization:[redacted]']],
  [['postgres://user:x@host/db'], ['postgres://user:[redacted]@host/db']],
  [['--url=https://u:x@h', 'https://h/a@b'], ['--url=https://u:[redacted]@h', 'https://h/a@b']],
  [['--name=tokenizer', '--author=ann', 'a=b'], ['--name=tokenizer', '--author=ann', 'a=b']],
  [['-c', 'echo hello'], ['-c', 'echo hello']],
])('%j', (given, expected) => {
  expect(redactArguments(given)).toEqual(expected)
})

test('a long command line is cut', () => {
  const redacted = redactArguments(Array.from({ length: 100 }, () => 'x'.repeat(100)))
  expect(redacted).toHaveLength(41)
  expect(redacted.at(-1)).toBe('[cut]')
})
