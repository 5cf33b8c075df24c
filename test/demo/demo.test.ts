// `npm run demo` as whoever tries it meets it: what it prints works when it is opened and pasted, and Ctrl-C leaves nothing behind.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runProgram } from '../support/program.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

const DEMO = fileURLToPath(new URL('demo.js', import.meta.url))

/** Pastes `command` into a shell elsewhere; what it has said first, after which Ctrl-C ends it if it still runs. */
async function pasted(command: string): Promise<string> {
  let shell = 0
  const interrupt = (): void => void process.kill(-shell, 'SIGINT')
  const directory = temporaryDirectory()
  const { stdout, stderr } = await runProgram('sh', ['-c', `cd '${directory}' && ${command}`], {
    detached: true,
    onStart: (pid) => (shell = pid),
    onOutput: interrupt,
    onErrorText: interrupt,
  })
  return stdout + stderr
}

test('its URLs can be opened, its commands pasted, and Ctrl-C leaves nothing behind', { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory()
  let welcome: (text: string) => void
  const welcomed = new Promise<string>((resolve) => (welcome = resolve))
  let demo = 0
  const ended = runProgram(process.execPath, [DEMO], {
    detached: true,
    env: { TMPDIR: directory },
    onStart: (pid) => (demo = pid),
    onOutput: (soFar) => welcome(soFar),
  })
  const text = await welcomed
  const urls = [...text.matchAll(/^ {2}(?:The|Another) .* (http\S+)$/gm)].map(([, url = '']) => url)
  expect(await Promise.all(urls.map(async (url) => (await fetch(url)).status))).toEqual([200, 200, 200])
  const commands = [...text.matchAll(/^ {2}((?:curl|node) .*)$/gm)].map(([, command = '']) => command)
  expect(commands).toHaveLength(5)
  const [failed, events, list, watch, run] = await Promise.all(commands.map(pasted))
  expect(failed).toMatch(/^\{"tasks":\[/)
  expect(events).toMatch(/^(?:id|event|data|:)/)
  expect(list).toMatch(/^ID +COMMAND/)
  expect(watch).toMatch(/cluster\.create/)
  expect(run).toMatch(/^taskplane: task [0-9a-f-]{36}/)
  expect(readdirSync(directory)).toHaveLength(1)
  // As a terminal does: all that belongs to it hears of it.
  process.kill(-demo, 'SIGINT')
  const { code, stdout } = await ended
  expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'Stopped; the store of the demo is gone.'])
  expect(readdirSync(directory)).toEqual([])
  expect(() => process.kill(-demo, 0)).toThrow('ESRCH')
})

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
      if (page === undefined || !output.includes('Ctrl-C')) return
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
