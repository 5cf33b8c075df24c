// Bytes over a bare socket to an HTTP/1.1 port, and what comes back.
import { connect } from 'node:net'
import { once } from 'node:events'

/** The first answer, or what came before the connection was closed. */
export async function exchange(address: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(`http://${address}`)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(() => undefined)
  const answer = { text: '' }
  const complete = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      answer.text += chunk.toString('latin1')
      if (isComplete(answer.text)) resolve()
    })
  })
  for (const part of parts) socket.write(part)
  await Promise.race([complete, closed])
  socket.destroy()
  return answer.text
}

/** The head of a request, with the empty line after it. */
export function head(line: string, ...headers: readonly string[]): string {
  return `${[`${line} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end + 1))?.[1]
  return end >= 0 && length !== undefined && text.length - end - 4 >= Number(length)
}
