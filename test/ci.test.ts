// What decides whether a change lands: the script stops at the first failure, and the tests end with an exit code that says how they went.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
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

test.each([
  ['passes', 'expect(1).toBe(1)', 0],
  ['fails', 'expect(1).toBe(2)', 1],
])('a run whose test %s, with the PostgreSQL of the tests', async (_, statement, code) => {
  const root = temporaryDirectory()
  const settings = { globals: true, globalSetup: resolve('dist/test/support/postgres-server.js') }
  writeFileSync(join(root, 'vitest.config.mjs'), `export default { test: ${JSON.stringify(settings)} }`)
  writeFileSync(join(root, 'only.test.js'), `test('it', () => { ${statement} })`)
  const run = await runProgram(resolve('node_modules/.bin/vitest'), ['run', '--root', root])
  expect(run, run.stdout + run.stderr).toMatchObject({ code, stderr: code === 0 ? '' : (expect.stringContaining('expected 1 to be 2') as string) })
})
