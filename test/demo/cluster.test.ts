// The demonstration of several servers does what it says, ends by itself or at Ctrl-C, and leaves nothing behind.
import { chmodSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runProgram, type Ended } from '../support/program.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const DEMO = fileURLToPath(new URL('cluster.js', import.meta.url))

/** Runs it to its end in an empty directory for temporary files; `onOutput` hears of all that it has said so far. */
async function demonstrate(args: readonly string[], onOutput?: (soFar: string, pid: number) => void): Promise<Ended> {
  const directory = temporaryDirectory()
  // PostgreSQL, started by root, is another user.
  chmodSync(directory, 0o755)
  const ended = await runProgram(process.execPath, [DEMO, ...args], { env: { TMPDIR: directory }, ...(onOutput && { onOutput }) })
  expect(readdirSync(directory)).toEqual([])
  for (const [, pid] of ended.stdout.matchAll(/ pid (\d+)/g)) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
  return ended
}

test('a watch on one server shows what is written through another, until Ctrl-C', { timeout: 60_000 }, async () => {
  let isTold = false
  const { code, stdout } = await demonstrate(['--seconds', '50'], (soFar, pid) => {
    if (isTold || !soFar.includes('SUCCEEDED')) return
    isTold = true
    process.kill(pid, 'SIGINT')
  })
  const kinds = [...stdout.matchAll(/^ +\d+ {2}([A-Z]+) /gm)].map(([, kind]) => kind)
  // Reports of progress that wait for a slow disk become one.
  const steps = kinds.filter((kind, index) => kind !== kinds[index - 1])
  expect(steps.slice(0, 4)).toEqual(['CREATED', 'STARTED', 'UPDATED', 'SUCCEEDED'])
  expect(stdout.match(/ pid \d+/g)).toHaveLength(3)
  expect([isTold, code]).toEqual([true, 0])
})

test('it ends by itself when it was asked to', { timeout: 60_000 }, async () => {
  const { code, stdout } = await demonstrate(['--seconds', '0.5'])
  expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'All is gone again.'])
})
