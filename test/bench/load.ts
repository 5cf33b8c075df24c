// Drives servers with the load generators that others use: wrk for HTTP/1, h2load for gRPC. Both run on a core of their own.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
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
  /** Requests in a second. */
  readonly perSecond: number
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

/** A GET. */
export interface HttpGet {
  readonly path: string
  /** The tag of the answer that the caller has already. */
  readonly etag?: string
}

/** Sends `gets` in turn for so many seconds, over 16 connections. */
export async function driveHttp(port: number, gets: readonly HttpGet[], seconds: number): Promise<Load> {
  const script = join(directory, 'gets.lua')
  const list = join(directory, 'gets.txt')
  writeFileSync(list, gets.map(({ path, etag = '' }) => `${path} ${etag}`).join('\n'))
  writeFileSync(script, wrkScript(list))
  const args = ['-c', String(LOAD_CORE), 'wrk', '-t', '1', '-c', '16', '-d', `${seconds}s`, '--latency', '-s', script, `http://127.0.0.1:${port}`]
  const { stdout } = await run('taskset', args)
  const [, requests = '0'] = /(\d+) requests in/.exec(stdout) ?? []
  const [, failures = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(stdout) ?? []
  const [, errors = '0'] = /Socket errors: connect (\d+)/.exec(stdout) ?? []
  const [, p99 = '0', unit = 'ms'] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? []
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit] ?? 1
  return { requests: Number(requests), failures: Number(failures) + Number(errors), p99: Number(p99) * scale, perSecond: Number(requests) / seconds }
}

/** Which method to call, and by how many callers at once. */
export interface GrpcTarget {
  readonly port: number
  readonly method: string
  /** Default: 32. */
  readonly callers?: number
}

/** Sends each of `messages` so many times to a gRPC method, from `callers` over four connections. */
export async function driveGrpc({ port, method, callers = 32 }: GrpcTarget, messages: readonly Uint8Array[], times: number): Promise<Load> {
  const began = performance.now()
  let failures = 0
  for (const [index, message] of messages.entries()) {
    const file = join(directory, `message-${index}`)
    writeFileSync(file, framed(message))
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const args = ['-c', String(LOAD_CORE), 'h2load', '-n', String(times), '-c', '4', '-m', String(callers / 4), ...headers, '-d', file, `http://127.0.0.1:${port}/${method}`]
    const { stdout } = await run('taskset', args)
    const [, succeeded = '0'] = /(\d+) succeeded/.exec(stdout) ?? []
    failures += times - Number(succeeded)
  }
  const requests = messages.length * times
  return { requests, failures, perSecond: (requests * 1000) / (performance.now() - began) }
}

/** How long answers took that were asked for at a steady pace. */
export interface Latency {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Sends GETs to `paths` at `perSecond` for so many seconds, over ten connections, and takes the time of each. */
export async function paceHttp(port: number, paths: readonly string[], { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<Latency> {
  const connections = 10
  const list = join(directory, 'paths.txt')
  const log = join(directory, 'times.txt')
  writeFileSync(list, paths.map((path) => `http://127.0.0.1:${port}${path}`).join('\n'))
  writeFileSync(log, '')
  const pace = ['--rps', String(perSecond / connections), '-D', String(seconds), '-c', String(connections), '-t', '1']
  await run('taskset', ['-c', String(LOAD_CORE), 'h2load', '--h1', ...pace, '-i', list, `--log-file=${log}`])
  const times = readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split('\t'))
  if (times.some(([, status]) => status !== '200')) throw new Error('A request at a steady pace failed')
  const sorted = times.map(([, , microseconds]) => Number(microseconds) / 1000).toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN
  return { p50: at(0.5), p99: at(0.99) }
}

/** The five bytes that gRPC puts before a message: not compressed, and its length. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function wrkScript(list: string): string {
  return `
local requests = {}
for line in io.lines(${JSON.stringify(list)}) do
  local path, etag = line:match("^(%S+) ?(.*)$")
  local headers = {}
  if etag ~= "" then headers["If-None-Match"] = etag end
  requests[#requests + 1] = { path, headers }
end
local at = 0
function request()
  at = at % #requests + 1
  return wrk.format("GET", requests[at][1], requests[at][2])
end
`
}
