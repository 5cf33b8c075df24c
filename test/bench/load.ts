// Drives servers with the load generators that others use: wrk for HTTP/1, h2load for gRPC. Both run on a core of their own.
import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LOAD_CORE = 1
const directory = mkdtempSync(join(tmpdir(), 'taskplane-bench-'))

/** What a load did. */
export interface Load {
  readonly requests: number
  /** Answers that were no success. */
  readonly failures: number
  /** Milliseconds; only from wrk. */
  readonly p99?: number
}

/** Debian packages of the programs that are not here. */
export async function missingTools(): Promise<string[]> {
  const tools = { wrk: 'wrk', h2load: 'nghttp2-client', taskset: 'util-linux' }
  const checks = Object.entries(tools).map(async ([tool, pack]) => {
    const isThere = await run('which', [tool]).then(() => true, () => false)
    return isThere ? [] : [pack]
  })
  return (await Promise.all(checks)).flat()
}

/** GETs `paths` in turn for so many seconds. */
export async function driveHttp(port: number, paths: readonly string[], { seconds, headers = {} }: { readonly seconds: number; readonly headers?: Readonly<Record<string, string>> }): Promise<Load> {
  const script = join(directory, 'paths.lua')
  const list = join(directory, 'paths.txt')
  writeFileSync(list, paths.join('\n'))
  writeFileSync(script, wrkScript(list, headers))
  const args = ['-c', String(LOAD_CORE), 'wrk', '-t', '1', '-c', '16', '-d', `${seconds}s`, '--latency', '-s', script, `http://127.0.0.1:${port}`]
  const { stdout } = await run('taskset', args)
  const [, requests = '0'] = /(\d+) requests in/.exec(stdout) ?? []
  const [, failures = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(stdout) ?? []
  const [, errors = '0'] = /Socket errors: connect (\d+)/.exec(stdout) ?? []
  const [, p99 = '0', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit] ?? 1
  return { requests: Number(requests), failures: Number(failures) + Number(errors), p99: Number(p99) * scale }
}

/** Sends each of `messages` so many times to a gRPC method. */
export async function driveGrpc(port: number, method: string, messages: readonly Uint8Array[], times: number): Promise<Load> {
  let failures = 0
  for (const [index, message] of messages.entries()) {
    const file = join(directory, `message-${index}`)
    writeFileSync(file, framed(message))
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const args = ['-c', String(LOAD_CORE), 'h2load', '-n', String(times), '-c', '4', '-m', '8', ...headers, '-d', file, `http://127.0.0.1:${port}/${method}`]
    const { stdout } = await run('taskset', args)
    const [, succeeded = '0'] = /(\d+) succeeded/.exec(stdout) ?? []
    failures += times - Number(succeeded)
  }
  return { requests: messages.length * times, failures }
}

/** The five bytes that gRPC puts before a message: not compressed, and its length. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function wrkScript(list: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  return `
local paths = {}
for line in io.lines(${JSON.stringify(list)}) do paths[#paths + 1] = line end
${lines.join('\n')}
local at = 0
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
`
}
