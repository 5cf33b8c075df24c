// The connections of a client. HTTP/2 takes a bounded number of calls on each, and what exceeds it waits without a word:
// calls that keep a lease must not stand behind calls that wait.
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js'
import { TaskProducerServiceClient } from '../../gen/openshift/v1/task_producer_service.js'
import { TaskServiceClient } from '../../gen/openshift/v1/task_service.js'
import { channelCredentials, interceptors, type ConnectionOptions } from './connection.js'
import { SERVICE_CONFIG } from './service-config.js'

/** Bytes of an answer: a full page. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** Milliseconds between two attempts to connect at most, so that a server that is back is soon found. */
const RECONNECT_MS = 1000
/** Milliseconds of silence before a connection with calls is asked for a sign of life, and that it has to give one. */
const KEEPALIVE = { timeMs: 15_000, timeoutMs: 5000 } as const
/** Calls that stay open on one connection: fewer than the 100 that servers commonly take. */
const LONG_CALLS = 90

const OPTIONS: ClientOptions = {
  'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
  'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_MS / 4,
  'grpc.max_reconnect_backoff_ms': RECONNECT_MS,
  'grpc.keepalive_time_ms': KEEPALIVE.timeMs,
  'grpc.keepalive_timeout_ms': KEEPALIVE.timeoutMs,
  'grpc.keepalive_permit_without_calls': 0,
  // Otherwise all channels to one address share one connection.
  'grpc.use_local_subchannel_pool': 1,
}

interface LongChannel {
  readonly client: TaskServiceClient
  calls: number
}

/** A channel for one long call. */
export interface Lane {
  readonly client: TaskServiceClient
  /** Says that the call has ended. */
  leave(): void
}

/** Connects at the first call of each kind. */
export class CallChannels {
  readonly producers: TaskProducerServiceClient
  readonly readers: TaskServiceClient
  private readonly address: string
  private readonly credentials: ChannelCredentials
  private readonly options: ClientOptions
  private readonly long: LongChannel[] = []

  /** `address`: `host:port`. */
  constructor(address: string, connection: ConnectionOptions) {
    this.address = address
    this.credentials = channelCredentials(connection)
    this.options = { ...OPTIONS, interceptors: interceptors(connection) }
    this.producers = new TaskProducerServiceClient(address, this.credentials, this.options)
    this.readers = this.newReaders()
  }

  /** A channel with room for a call that stays open, such as a wait or a watch. */
  lane(): Lane {
    let channel = this.long.find(({ calls }) => calls < LONG_CALLS)
    if (channel === undefined) {
      channel = { client: this.newReaders(), calls: 0 }
      this.long.push(channel)
    }
    const taken = channel
    taken.calls += 1
    return { client: taken.client, leave: () => (taken.calls -= 1) }
  }

  close(): void {
    this.producers.close()
    this.readers.close()
    for (const { client } of this.long) client.close()
  }

  private newReaders(): TaskServiceClient {
    return new TaskServiceClient(this.address, this.credentials, this.options)
  }
}
