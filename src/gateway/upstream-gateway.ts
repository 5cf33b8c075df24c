// A gateway in front of a gRPC server somewhere else: its schema from files or from the server, its calls over a channel.
import { Client, credentials as grpcCredentials } from '@grpc/grpc-js'
import type { ChannelCredentials } from '@grpc/grpc-js'
import { channelCall } from './channel-call.js'
import type { GatewayHandler } from './gateway.js'
import { createGateway } from './gateway.js'
import type { GatewayOptions } from './options.js'
import { createReflectedGateway } from './reflected-gateway.js'
import { compileProtos, readDescriptorSet } from './schema-files.js'
import { reflectSchema } from './schema-reflection.js'

/** Where a schema comes from. */
export type SchemaSource =
  /** Proto files, and the folders that their imports are in. */
  | { readonly kind: 'protos'; readonly files: readonly string[]; readonly paths: readonly string[] }
  /** A compiled descriptor set. */
  | { readonly kind: 'descriptor-set'; readonly file: string }
  /** The server itself; asked again every `refreshMs`, default 30,000. */
  | { readonly kind: 'reflection'; readonly refreshMs?: number }

/** Options of openUpstreamGateway. */
export interface UpstreamOptions extends Omit<GatewayOptions, 'call' | 'descriptors'> {
  /** host:port, or any target that grpc-js knows. */
  readonly upstream: string
  readonly schema: SchemaSource
  /** Default: none, in the clear. */
  readonly credentials?: ChannelCredentials
  /** The largest answer that is taken from the server. Default: 4 MiB. */
  readonly maxAnswerBytes?: number
  /** Told when a reflected schema cannot be loaded, or cannot be served: the last good one stays. Default: nobody. */
  readonly onSchemaError?: (error: unknown) => void
}

/** A gateway and the channel under it. */
export interface UpstreamGateway {
  readonly handler: GatewayHandler
  /** Closes the channel; calls that run are cancelled. */
  close(): void
}

/**
 * Opens the channel, loads the schema and makes the gateway. Rejects when the schema cannot be loaded or served; nothing
 * stays open then.
 */
export async function openUpstreamGateway(options: UpstreamOptions): Promise<UpstreamGateway> {
  const {
    upstream,
    schema,
    credentials = grpcCredentials.createInsecure(),
    maxAnswerBytes = 4 * 1024 * 1024,
    ...gatewayOptions
  } = options
  const client = new Client(upstream, credentials, { 'grpc.max_receive_message_length': maxAnswerBytes })
  const shared = { ...gatewayOptions, call: channelCall(client) }
  try {
    if (schema.kind !== 'reflection') {
      const handler = createGateway({ ...shared, descriptors: await fromFiles(schema) })
      return { handler, close: () => client.close() }
    }
    const reflected = await createReflectedGateway({
      ...shared,
      load: () => reflectSchema(client),
      ...(schema.refreshMs === undefined ? {} : { refreshMs: schema.refreshMs }),
    })
    const close = (): void => {
      reflected.close()
      client.close()
    }
    return { handler: reflected.handler, close }
  } catch (error) {
    client.close()
    throw error
  }
}

function fromFiles(schema: Exclude<SchemaSource, { kind: 'reflection' }>): Promise<Uint8Array> {
  return schema.kind === 'protos' ? compileProtos(schema.files, schema.paths) : readDescriptorSet(schema.file)
}
