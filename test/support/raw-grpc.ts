// A gRPC call with any bytes to any method.
import { Client, Metadata, credentials, type CallOptions } from '@grpc/grpc-js'

/** Calls `path` (`package.Service/Method`) at `address`; resolves with the encoded answer, rejects with a ServiceError. */
export function rawCall(
  address: string,
  path: string,
  request: Uint8Array,
  options: Partial<CallOptions> = {},
): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure())
  const same = (bytes: Buffer): Buffer => bytes
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(`/${path}`, same, same, Buffer.from(request), new Metadata(), options, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer)
      else reject(error ?? new Error('No answer'))
    })
  }).finally(() => client.close())
}
