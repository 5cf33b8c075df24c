// Floods of HTTP/2 frames that have cost other servers their memory or their time (CVE-2023-44487, CVE-2019-9512 to 9518,
// CVE-2024-27983).
import { callHeaders, END_STREAM, frame, TYPE, type RawHttp2 } from './raw-http2.js'

/** One flood. */
export interface Http2Flood {
  readonly name: string
  /** Parts that say enough in a short time. */
  readonly count: number
  /** Part `i`. */
  readonly frames: (i: number) => Buffer
  /** Whether so many of them, or some more, end the connection at once. */
  readonly endsConnection: boolean
}

const LIST = '/openshift.v1.TaskService/ListTasks'
const CANCEL = Buffer.from([0, 0, 0, 8])
const stream = (i: number): number => 2 * i + 1

/** Streams that are reset as soon as they are begun: after a thousand nghttp2 says GOAWAY and hears nothing more. */
export const RAPID_RESET: Http2Flood = {
  name: 'streams that are reset at once',
  count: 20_000,
  endsConnection: false,
  frames: (i) => Buffer.concat([callHeaders(stream(i), LIST), frame(TYPE.reset, 0, stream(i), CANCEL)]),
}

export const HTTP2_FLOODS: readonly Http2Flood[] = [
  RAPID_RESET,
  { name: 'headers that never end', count: 2000, endsConnection: true, frames: (i) => (i === 0 ? frame(TYPE.headers, 0, 1, Buffer.from([0])) : frame(TYPE.continuation, 0, 1, Buffer.alloc(8192))) },
  { name: 'empty parts of headers', count: 20_000, endsConnection: true, frames: (i) => (i === 0 ? frame(TYPE.headers, 0, 1) : frame(TYPE.continuation, 0, 1)) },
  { name: 'pings', count: 100_000, endsConnection: true, frames: () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)) },
  { name: 'settings', count: 100_000, endsConnection: true, frames: () => frame(TYPE.settings, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0])) },
  { name: 'empty data', count: 200_000, endsConnection: true, frames: (i) => (i === 0 ? callHeaders(1, LIST) : frame(TYPE.data, 0, 1)) },
  { name: 'updates of windows by nothing', count: 100_000, endsConnection: true, frames: () => frame(TYPE.windowUpdate, 0, 0, Buffer.alloc(4)) },
  { name: 'frames of unknown types', count: 100_000, endsConnection: false, frames: () => frame(0xbb, 0, 0, Buffer.alloc(16)) },
  { name: 'calls of methods that are not there', count: 10_000, endsConnection: false, frames: (i) => Buffer.concat([callHeaders(stream(i), '/a.B/C'), frame(TYPE.data, END_STREAM, stream(i))]) },
]

/** Sends `count` parts of a flood, or as many as the other side takes. */
export async function pour(connection: RawHttp2, { frames }: Http2Flood, count: number): Promise<void> {
  for (let i = 0; i < count && !connection.isClosed; i += 500) {
    await connection.send(...Array.from({ length: 500 }, (_, j) => frames(i + j)))
  }
}
