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
  [['PGPASSWORD=x', 'MYSQL_PWD=x'], ['PGPASSWORD=[redacted]', 'MYSQL_PWD=[redacted]']],
  [['--dbPassword=x', '--apiKey', 'x'], ['--dbPassword=[redacted]', '--apiKey', '[redacted]']],
  [['--set=auth.password=x'], ['--set=auth.password=[redacted]']],
  [['--set', 'a=1,auth.password=x,y'], ['--set', 'a=1,auth.password=[redacted]']],
  [['--from-literal=password=x'], ['--from-literal=password=[redacted]']],
  [['curl', '-u', 'bob:pw', '--user', 'ann'], ['curl', '-u', 'bob:[redacted]', '--user', 'ann']],
  [['-ubob:pw', '--user=bob:pw', '--proxy-user', 'bob:pw'], ['-ubob:[redacted]', '--user=bob:[redacted]', '--proxy-user', 'bob:[redacted]']],
  [['https://x@github.com/a', 'https://x:@h'], ['https://[redacted]@github.com/a', 'https://[redacted]@h']],
  [['ssh://git@h/a', 'amqp://u:a@b@h'], ['ssh://git@h/a', 'amqp://u:[redacted]@h']],
  [['https://h/?access_token=x&y=z'], ['https://h/?access_token=[redacted]']],
  [['{"user":"u","password":"x y"}'], ['{"user":"u","password":[redacted]']],
  [['{"user": "u", "password": "x y"}'], ['{"user": "u", "password": [redacted]']],
  [['-c', 'DB_PASSWORD=x make'], ['-c', 'DB_PASSWORD=[redacted]']],
  [['-c', "set -e; export DB_PASSWORD='x y' A=b; make"], ['-c', 'set -e; export DB_PASSWORD=[redacted] A=b; make']],
  [['-c', 'curl -u bob:pw -H "Authorization: Bearer x" https://h'], ['-c', 'curl -u bob:[redacted] -H "Authorization:[redacted]" https://h']],
  [['-c', 'login --password x --name y'], ['-c', 'login --password [redacted] --name y']],
  [['-c', `sh -c "curl -H \\"Authorization: Bearer x\\""`], ['-c', `sh -c "curl -H \\"Authorization: [redacted] [redacted]"`]],
  [['--tokenizer=a', '--compass', 'b', 'it\'s "', '--key=c'], ['--tokenizer=a', '--compass', '[redacted]', 'it\'s "', '--key=c']],
])('%j', (given, expected) => {
  expect(redactArguments(given)).toEqual(expected)
})

test('a long command line is cut', () => {
  const redacted = redactArguments(Array.from({ length: 100 }, () => 'x'.repeat(100)))
  expect(redacted).toHaveLength(41)
  expect(redacted.at(-1)).toBe('[cut]')
})

test.each([
  ['dots', `echo ${'a.'.repeat(2000)}`],
  ['dashes', '-a'.repeat(2000)],
  ['quotes', `"'`.repeat(2000)],
  ['equal signs', 'a=b '.repeat(1000)],
  ['web addresses', '://'.repeat(1300)],
  ['a name without end', 'a'.repeat(1_000_000)],
])('many %s take no time', (_name, argument) => {
  const began = performance.now()
  for (let time = 0; time < 10; time += 1) redactArguments([argument, ...argument.split(' ')])
  expect(performance.now() - began).toBeLessThan(5000)
})
