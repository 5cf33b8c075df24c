// Messages of gRPC as they are on the wire, sound or not, and what is said of them.
import { connect } from 'node:http2'

/** A message with its head: a flag, and the length that it claims. */
export function framed(claimed: number, bytes: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(flag, 0)
  head.writeUInt32BE(claimed, 1)
  return Buffer.concat([head, bytes])
}

/** Sends a body, which need not end, as one call of ListTasks; resolves with the status of the call. */
export async function statusOf(address: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const session = connect(`http://${address}`)
  session.on('error', () => undefined)
  const path = '/openshift.v1.TaskService/ListTasks'
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
  const status = new Promise<number>((resolve, reject) => {
    const found = (received: object): void => {
      if ('grpc-status' in received) resolve(Number(received['grpc-status']))
    }
    stream.on('response', found).on('trailers', found).on('error', reject)
  })
  stream.resume().write(body)
  return status.finally(() => session.destroy())
}
