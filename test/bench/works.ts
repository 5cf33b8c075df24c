// What is measured, and against which floor.
import { fileURLToPath } from 'node:url'
import { driveGrpc, driveHttp, type GrpcTarget, type HttpGet, type Load } from './load.js'
import { PinnedProcess } from './pinned-process.js'
import { pagePath, pageRequest, taskPath, taskRequest, type Constants, type Product } from './product.js'

/** How long each measurement takes. */
export interface Effort {
  /** Seconds of HTTP. */
  readonly seconds: number
  /** Calls with each gRPC message. */
  readonly calls: number
}

/** One thing to measure. */
export interface Work {
  readonly name: string
  readonly server: PinnedProcess
  readonly load: () => Promise<Load>
  /** A short part of that: a program that has done something else for a while has to find its feet first. */
  readonly warmUp: () => Promise<Load>
  /** The floor, by its name, and how many times that the work may cost. */
  readonly target?: readonly [floor: string, times: number]
}

const FLOOR_CORE = '0'
/** How many times what it costs in a small store a read may cost in a large one. */
const MOST_GROWTH = 1.3
const GET = 'openshift.v1.TaskService/GetTask'
const LIST = 'openshift.v1.TaskService/ListTasks'
/** Messages that gRPC is asked with; each takes a run of the load generator. */
const GRPC_SAMPLES = 10

/** A floor, its name and its port. */
export interface Floor {
  readonly name: string
  readonly server: PinnedProcess
  readonly port: number
}

/** Starts every floor on the same core as the product: one of them works at a time. */
export async function startFloors({ bytes, json }: Constants): Promise<readonly Floor[]> {
  const programs = { http: json, express: json, http2: bytes, grpc: bytes }
  return Promise.all(
    Object.entries(programs).map(async ([name, files]) => {
      const program = fileURLToPath(new URL(`floors/${name}.js`, import.meta.url))
      const { process, line } = await PinnedProcess.start(FLOOR_CORE, [program, ...files], '')
      return { name, server: process, port: Number(line) }
    }),
  )
}

/** Everything to measure, floors first. */
export function planWorks(product: Product, floors: readonly Floor[], effort: Effort): Work[] {
  return [...floors.flatMap((floor) => floorWorks(floor, effort)), ...restWorks(product, effort), ...grpcWorks(product, effort)]
}

/** The reads of a large store, each beside the same of a small one. */
export function growthWorks(small: Product, large: Product, effort: Effort): Work[] {
  const ofLarge = planWorks(large, [], effort)
  return planWorks(small, [], effort).flatMap(({ name, server, load, warmUp }, index) => {
    const few = `${name}, few tasks`
    const many = ofLarge[index]
    return many === undefined ? [] : [{ name: few, server, load, warmUp }, { ...many, target: [few, MOST_GROWTH] as const }]
  })
}

function floorWorks({ name, server, port }: Floor, { seconds, calls }: Effort): Work[] {
  if (name === 'http2' || name === 'grpc') {
    const work = (kind: string, method: string): Work => ({
      name: `${name} ${kind}`,
      server,
      // In as many runs as the product: each opens its connections.
      ...grpcLoads({ port, method }, Array.from({ length: GRPC_SAMPLES }, () => new Uint8Array()), calls),
    })
    return [work('one', GET), work('page', LIST)]
  }
  const work = (kind: string, path: string, etag = ''): Work => ({
    name: `${name} ${kind}`,
    server,
    ...httpLoads(port, [{ path, etag }], seconds),
  })
  const constants = [work('one', '/one'), work('page', '/page')]
  return name === 'http' ? [...constants, work('304', '/one', '"1"')] : constants
}

function restWorks({ server, httpPort, tasks, pages }: Product, { seconds }: Effort): Work[] {
  const polled = pages.slice(0, 100).map((page) => ({ path: pagePath({ ...page, pageToken: '' }), etag: page.etag }))
  const one = tasks.map((task) => ({ path: taskPath(task), etag: task.etag }))
  const works: [name: string, gets: HttpGet[], target: Work['target'] & object][] = [
    ['REST Get', one.map(({ path }) => ({ path })), ['http one', 2]],
    ['REST Get, not modified', one, ['http 304', 1.5]],
    ['REST List, spread', pages.map((page) => ({ path: pagePath(page) })), ['http page', 16]],
    ['REST List, polled', polled.map(({ path }) => ({ path })), ['http page', 4]],
    ['REST List, not modified', polled, ['http 304', 1.5]],
  ]
  return works.map(([name, gets, target]) => ({ name, server, target, ...httpLoads(httpPort, gets, seconds) }))
}

function grpcWorks({ server, grpcPort, tasks, pages }: Product, { calls }: Effort): Work[] {
  const every = <T>(samples: readonly T[]): T[] => samples.filter((_, index) => index % Math.ceil(samples.length / GRPC_SAMPLES) === 0)
  const firstPages = pages.map((page) => ({ ...page, pageToken: '' }))
  const works: [name: string, method: string, messages: Uint8Array[], target: Work['target'] & object][] = [
    ['gRPC Get', GET, every(tasks).map(taskRequest), ['grpc one', 1.25]],
    ['gRPC List, spread', LIST, every(pages).map(pageRequest), ['grpc page', 4.5]],
    ['gRPC List, polled', LIST, every(firstPages).map(pageRequest), ['grpc page', 2]],
  ]
  return works.map(([name, method, messages, target]) => ({ name, server, target, ...grpcLoads({ port: grpcPort, method }, messages, calls) }))
}

type Loads = Pick<Work, 'load' | 'warmUp'>

function httpLoads(port: number, gets: readonly HttpGet[], seconds: number): Loads {
  return { load: () => driveHttp(port, gets, seconds), warmUp: () => driveHttp(port, gets, 1) }
}

function grpcLoads(target: GrpcTarget, messages: readonly Uint8Array[], calls: number): Loads {
  return { load: () => driveGrpc(target, messages, calls), warmUp: () => driveGrpc(target, messages, calls / 4) }
}
