// What a primary process and its workers say to each other: plain data, as structured clone carries it.
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { SettingTexts } from '../config.js'
import type { WriterAnswer, WriterRequest } from '../store/sqlite/writer-protocol.js'
import type { InstanceId } from '../task/identifiers.js'

/** A worker among the workers of a server. */
export interface Place {
  /** 1 to `of`; who replaces a worker has its place. */
  readonly number: number
  readonly of: number
}

/** `host:port` of the ports that workers share. */
export interface SharedAddresses {
  readonly grpc: string
  readonly http: string
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly kind: 'start'
  readonly texts: SettingTexts
  /** Of the program. */
  readonly version: string
  readonly place: Place
}


/** The metrics of a process. */
export type Metrics = MetricObjectWithValues<MetricValue<string>>[]

/** What a worker answers to each question that a primary can ask. */
export interface WorkerReply {
  /** Whether it can serve now. */
  readonly ready: boolean
  readonly metrics: Metrics
  /** Always true: it has read certificates, keys and grants again. */
  readonly reloaded: boolean
}

export type WorkerQuestion = keyof WorkerReply

/** Lines of a worker, each with its line break. */
export interface ForwardedLines {
  /** Of the log of the process. */
  readonly log: readonly string[]
  readonly audit: readonly string[]
}

/** From the primary. */
export type ToWorker =
  | WorkerStart
  | { readonly kind: 'question'; readonly id: number; readonly question: WorkerQuestion }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: WriterAnswer }
  | { readonly kind: 'changed'; readonly instances: readonly InstanceId[] }
  | { readonly kind: 'stop'; readonly delayMs: number }

/** From a worker. `listening`: it hears messages from now on; what came before is lost. `failed`: it cannot start. */
export type ToPrimary =
  | { readonly kind: 'listening' }
  | { readonly kind: 'serving'; readonly addresses: SharedAddresses }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'request'; readonly id: number; readonly request: WriterRequest }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Partial<WorkerReply> }
  | { readonly kind: 'lines'; readonly lines: ForwardedLines }
