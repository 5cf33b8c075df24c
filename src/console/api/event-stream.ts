// Reads server-sent events out of text as it comes in pieces ("Server-sent events" of the HTML standard). The browser's own
// EventSource cannot send a token, nor say why it was refused.

/** One event. */
export interface SentEvent {
  /** `message` when the stream names none. */
  readonly event: string
  readonly data: string
  /** The last id that the stream gave; empty before the first. */
  readonly id: string
}

/** The reading end of one stream. */
export class EventStream {
  private rest = ''
  private event = ''
  private data: string[] = []
  private id = ''

  /** The events that `text` completes. Comments are none. */
  push(text: string): SentEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    return lines.flatMap((line) => (line === '' ? this.dispatch() : this.take(line)))
  }

  private take(line: string): [] {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') this.event = value
    else if (name === 'data') this.data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.id = value
    return []
  }

  private dispatch(): SentEvent[] {
    const { event, data, id } = this
    this.event = ''
    this.data = []
    return data.length === 0 ? [] : [{ event: event === '' ? 'message' : event, data: data.join('\n'), id }]
  }
}
