// The streams that nobody ends by himself: those of health and reflection would hold up a graceful stop for ever.

/** What is used of a stream of grpc-js. */
interface EndableStream {
  end(): unknown
  once(event: 'close' | 'cancelled', listener: () => void): unknown
}

/** Knows which streams are open. */
export class OpenStreams {
  private readonly streams = new Set<EndableStream>()

  /** Remembers `stream` until it closes. */
  track(stream: EndableStream): void {
    const forget = (): boolean => this.streams.delete(stream)
    this.streams.add(stream)
    stream.once('close', forget)
    stream.once('cancelled', forget)
  }

  /** Ends all of them, with OK. */
  endAll(): void {
    for (const stream of this.streams) stream.end()
  }
}
