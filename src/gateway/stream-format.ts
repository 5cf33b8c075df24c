// How a stream of answers is written: server-sent events, one JSON text per line, or one JSON array.
import type { StreamFormat } from './accept.js'

/** Writes the parts of a stream as text. */
export interface StreamWriter {
  readonly contentType: string
  /** One answer. `id` is its place in the stream, for a client that comes back; '' when it is none to come back to. */
  item(json: string, id: string): string
  /** Something that says the stream is alive and means nothing; undefined when the format has no such thing. */
  readonly heartbeat: string | undefined
  /** The last part, after all answers. */
  end(): string
  /** The last part when the call failed after answers were sent: `status` is google.rpc.Status as JSON. Undefined when the format can only break off. */
  readonly fail: ((status: string) => string) | undefined
}

/** The writer of a stream of google.api.HttpBody, whose parts are written as they are: it can only break off. */
export function rawWriter(): StreamWriter {
  return { contentType: 'application/octet-stream', item: (json) => json, heartbeat: undefined, end: () => '', fail: undefined }
}

/** A writer for one stream. */
export function streamWriter(format: StreamFormat): StreamWriter {
  return WRITERS[format]()
}

const WRITERS: Readonly<Record<StreamFormat, () => StreamWriter>> = { sse, ndjson, array }

/** Source: "Server-sent events" of the HTML standard. Ends with an event `end`, or `error` with the status. */
function sse(): StreamWriter {
  return {
    contentType: 'text/event-stream',
    item: (json, id) => `${id === '' ? '' : `id: ${id}\n`}data: ${json}\n\n`,
    heartbeat: ':\n\n',
    end: () => 'event: end\ndata: {}\n\n',
    fail: (status) => `event: error\ndata: ${status}\n\n`,
  }
}

/** A blank line is a heartbeat; a failure is a last line `{"error": status}`. */
function ndjson(): StreamWriter {
  return {
    contentType: 'application/x-ndjson',
    item: (json) => `${json}\n`,
    heartbeat: '\n',
    end: () => '',
    fail: (status) => `{"error":${status}}\n`,
  }
}

/** A failure is a last element `{"error": status}`, so that the text stays JSON. */
function array(): StreamWriter {
  let separator = '['
  const next = (): string => {
    const before = separator
    separator = ','
    return before
  }
  return {
    contentType: 'application/json',
    item: (json) => `${next()}${json}`,
    heartbeat: ' ',
    end: () => (separator === '[' ? '[]' : ']'),
    fail: (status) => `${next()}{"error":${status}}]`,
  }
}
