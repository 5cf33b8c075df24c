// One stream of answers under grpc-js: as fast as its reader takes them, and no longer than it takes any.
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js'
import type { ApiStreamMethod } from '../api/api-method.js'
import { shuttingDown, type Dispatcher } from '../api/dispatcher.js'
import { WATCH_LIMITS } from '../limits.js'
import { endStatus, incomingCall } from './call-end.js'

type Call = ServerWritableStream<Buffer, Uint8Array>

/** The grpc-js handler of `method`. */
export function streamHandler(method: ApiStreamMethod, dispatcher: Dispatcher): handleServerStreamingCall<Buffer, Uint8Array> {
  return (call) => {
    const incoming = incomingCall(call)
    copy(dispatcher.stream(method, call.request, incoming), call, incoming.signal).then(
      () => call.end(),
      (error: unknown) => call.emit('error', endStatus(error)),
    )
  }
}

async function copy(answers: AsyncGenerator<Uint8Array>, call: Call, left: AbortSignal): Promise<void> {
  for await (const answer of answers) {
    if (left.aborted) return
    if (call.write(answer)) continue
    if (!(await drained(call, left))) await answers.throw(shuttingDown())
  }
}

/** Whether the reader took what was written, within WATCH_LIMITS.stallMs. */
function drained(call: Call, left: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isRead: boolean): void => {
      clearTimeout(timer)
      call.off('drain', moved)
      left.removeEventListener('abort', moved)
      resolve(isRead)
    }
    const moved = (): void => settle(true)
    const timer = setTimeout(() => settle(false), WATCH_LIMITS.stallMs)
    call.on('drain', moved)
    left.addEventListener('abort', moved)
    if (left.aborted) moved()
  })
}
