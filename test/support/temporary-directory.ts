// A directory of its own for each test, gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'

/** A new empty directory that is removed when the running test ends. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'taskplane-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A directory for all tests of a file; call at the top of the file, and the result inside of hooks and tests. */
export function suiteDirectory(): () => string {
  let path = ''
  beforeAll(() => {
    path = mkdtempSync(join(tmpdir(), 'taskplane-test-'))
  })
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return () => path
}
