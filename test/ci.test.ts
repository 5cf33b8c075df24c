// The script that decides whether a change lands stops at the first failure.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from './support/program.js'
import { temporaryDirectory } from './support/temporary-directory.js'

/** Runs `.ci/run` with an npm that fails on `failing`: how it ended, and what npm was asked for. */
async function ci(failing: string): Promise<{ code: number | null; asked: string[] }> {
  const directory = temporaryDirectory()
  const log = join(directory, 'log')
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'bin', 'npm'), `#!/bin/sh\necho "$*" >> '${log}'\n[ "$*" != '${failing}' ]\n`, { mode: 0o755 })
  const { code } = await runProgram('.ci/run', [], { env: { PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}` } })
  return { code, asked: readFileSync(log, 'utf8').trim().split('\n') }
}

test.each([
  ['ci', ['ci']],
  ['test', ['ci', 'test']],
  ['run lint', ['ci', 'test', 'run lint']],
  ['run gen', ['ci', 'test', 'run lint', 'run gen']],
])('npm %s', async (failing, asked) => {
  expect(await ci(failing)).toEqual({ code: 1, asked })
})
