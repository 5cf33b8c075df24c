// Drives servers with the load generators that others use: wrk for HTTP/1, h2load for gRPC. Both run on a core of their own.
import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LOAD_CORE = '1'
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

/** Sends `gets` in turn for so many seconds, over 16 connections, from the processors `cores`. */
export function driveHttp(port: number, gets: readonly HttpGet[], seconds: number, cores = LOAD_CORE): Promise<Load> {
  return runWrk(port, { list: gets.map(({ path, etag = '' }) => `${path} ${etag}`), seconds, connections: 16, cores })
}

/** Which method to call, and by how many callers at once. */
export interface GrpcTarget {
  readonly port: number
  readonly method: string
  /** Default: 32. */
  readonly callers?: number
  /** The processors that the load is on. Default: one. */
  readonly cores?: string
}

/** Sends each of `messages` so many times to a gRPC method, from `callers` over four connections. */
export async function driveGrpc(target: GrpcTarget, messages: readonly Uint8Array[], times: number): Promise<Load> {
  const { port, method, callers = 32, cores = LOAD_CORE } = target
  const began = performance.now()
  let failures = 0
  for (const [index, message] of messages.entries()) {
    const file = join(directory, `message-${index}`)
    writeFileSync(file, framed(message))
    const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
    const load = ['-n', String(times), '-c', '4', '-m', String(callers / 4), ...headers, '-d', file]
    const { stdout } = await run('taskset', ['-c', cores, 'h2load', ...load, `http://127.0.0.1:${port}/${method}`])
    const [, succeeded = '0'] = /(\d+) succeeded/.exec(stdout) ?? []
    failures += times - Number(succeeded)
  }
  const requests = messages.length * times
  return { requests, failures, perSecond: (requests * 1000) / (performance.now() - began) }
}

/** So many GETs in a second, from callers that do not wait for each other. */
export interface HttpPace {
  readonly perSecond: number
  readonly seconds: number
}

/** Sends GETs to `paths` about `perSecond` times a second, from 64 callers who pause between two for a time that chance decides. */
export async function paceHttp(port: number, paths: readonly string[], { perSecond, seconds }: HttpPace): Promise<WrkRun> {
  const connections = 64
  const longestPauseMs = Math.round((2000 * connections) / perSecond)
  const run = await runWrk(port, { list: paths, seconds, connections, longestPauseMs })
  if (run.failures > 0) throw new Error('A request at a steady pace failed')
  return run
}

interface WrkRun extends Load {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

interface WrkPlan {
  /** A path each, and behind a blank the tag of the answer that the caller has already. */
  readonly list: readonly string[]
  readonly seconds: number
  readonly connections: number
  readonly cores?: string
  /** Milliseconds that a connection pauses at most before a request. Default: it does not. */
  readonly longestPauseMs?: number
}

async function runWrk(port: number, { list, seconds, connections, cores = LOAD_CORE, longestPauseMs }: WrkPlan): Promise<WrkRun> {
  const script = join(directory, 'gets.lua')
  const file = join(directory, 'gets.txt')
  writeFileSync(file, list.join('\n'))
  writeFileSync(script, wrkScript(file, longestPauseMs))
  const load = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency', '-s', script]
  const { stdout } = await run('taskset', ['-c', cores, 'wrk', ...load, `http://127.0.0.1:${port}`])
  const [, requests = '0'] = /(\d+) requests in/.exec(stdout) ?? []
  const [, failures = '0'] = /Non-2xx or 3xx responses: (\d+)/.exec(stdout) ?? []
  if (requests === '0') throw new Error('Nothing was answered')
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? []
  const failed = [failures, ...errors].reduce((sum, number) => sum + Number(number), 0)
  const times = { p50: percentile(stdout, 50), p99: percentile(stdout, 99) }
  return { requests: Number(requests), failures: failed, perSecond: Number(requests) / seconds, ...times }
}

/** Milliseconds that so many per cent of the answers took at most, by the table that wrk prints. */
function percentile(report: string, percent: number): number {
  const [, time = 'NaN', unit = 'ms'] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(report) ?? []
  return Number(time) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? 1)
}

/** The five bytes that gRPC puts before a message: not compressed, and its length. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function wrkScript(list: string, longestPauseMs: number | undefined): string {
  const pause = longestPauseMs === undefined ? '' : `function delay() return math.random(0, ${longestPauseMs}) end`
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
${pause}
`
}
