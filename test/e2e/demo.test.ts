// `npm run demo`: it says where to look, something happens there, and nothing of it is left.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runProgram } from '../support/program.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const DEMO = fileURLToPath(new URL('../demo/demo.js', import.meta.url))

/** The first address of `path` that the demo names. */
function addressIn(output: string, path: string): string | undefined {
  return new RegExp(`http://[\\d.:]+${path}`).exec(output)?.[0]
}

/** What happens in the instance of a demo, until `isEnough`. */
async function seen(console: string, isEnough: (commands: ReadonlySet<string>) => boolean): Promise<void> {
  const url = `${console.replace('/console/', '/openshift/v1/')}/tasks:watch?snapshot=true`
  const { body } = await fetch(url, { headers: { accept: 'application/x-ndjson' } })
  const commands = new Set<string>()
  for await (const chunk of body ?? []) {
    for (const [, command = ''] of Buffer.from(chunk).toString().matchAll(/"command":"([^"]+)"/g)) commands.add(command)
    if (isEnough(commands)) return
  }
  throw new Error(`Only ${[...commands].join(', ')} happened`)
}

test.each(['SIGINT', 'SIGTERM'] as const)('it plays until %s, and cleans up', async (signal) => {
  const directory = temporaryDirectory()
  let asked: Promise<void> | undefined
  const ended = await runProgram(process.execPath, [DEMO], {
    env: { TMPDIR: directory },
    onOutput: (output, pid) => {
      const page = addressIn(output, '/console/vdc-1')
      if (page === undefined || !output.includes('npx taskplane run')) return
      asked ??= (async () => {
        expect((await fetch(page)).status).toBe(200)
        await seen(page, (commands) => commands.has('machine.provision') && commands.has('archive.volumes'))
        expect(readdirSync(directory)).toHaveLength(1)
      })().finally(() => process.kill(pid, signal))
    },
  })
  await asked
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toContain('the store of the demo is gone')
  const page = addressIn(ended.stdout, '/console/vdc-1') ?? ''
  await expect(fetch(page)).rejects.toThrow()
  expect(existsSync(directory)).toBe(true)
  expect(readdirSync(directory)).toEqual([])
})
