// A gRPC call with any bytes to any method.
import { Client, Metadata, credentials, type CallOptions, type ChannelCredentials } from '@grpc/grpc-js'

/** What comes with a call, and how it gets there; without TLS when it does not say. */
export interface RawCallOptions extends Partial<CallOptions> {
  readonly metadata?: Metadata
  readonly channel?: ChannelCredentials
}

/** Calls `path` (`package.Service/Method`) at `address`; resolves with the encoded answer, rejects with a ServiceError. */
export function rawCall(
  address: string,
  path: string,
  request: Uint8Array,
  { metadata = new Metadata(), channel = credentials.createInsecure(), ...options }: RawCallOptions = {},
): Promise<Buffer> {
  const client = new Client(address, channel)
  const same = (bytes: Buffer): Buffer => bytes
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(`/${path}`, same, same, Buffer.from(request), metadata, options, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer)
      else reject(error ?? new Error('No answer'))
    })
  }).finally(() => client.close())
}
