// Reads a stream of answers over HTTP as it comes.

/** One event of a stream of server-sent events. */
export interface SentEvent {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: unknown
}

/** The parts of a body between `separator`s, as they come. */
async function* parts(body: AsyncIterable<Uint8Array>, separator: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split(separator)
    rest = pieces.pop() ?? ''
    yield* pieces
  }
}

/** The events; comments are left out. */
export async function* sentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  for await (const text of parts(body, '\n\n')) {
    const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
    const data = fields.get('data')
    if (data !== undefined) yield { id: fields.get('id'), event: fields.get('event'), data: JSON.parse(data) }
  }
}

/** The lines as JSON; blank ones are left out. */
export async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator {
  for await (const line of parts(body, '\n')) if (line !== '') yield JSON.parse(line)
}
