// One stream of answers under grpc-js: as fast as its reader takes them, and no longer than it takes any.
import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js'
import type { ApiStreamMethod } from '../api/api-method.js'
import { shuttingDown, type Dispatcher } from '../api/dispatcher.js'
import { startPatientTimer } from '../base/patient-timer.js'
import { WATCH_LIMITS } from '../limits.js'
import { endStatus } from './end-status.js'
import { GrpcCall } from './grpc-call.js'

type Call = ServerWritableStream<Buffer, Uint8Array>

/** The grpc-js handler of `method`. */
export function streamHandler(method: ApiStreamMethod, dispatcher: Dispatcher): handleServerStreamingCall<Buffer, Uint8Array> {
  return (call) => {
    const incoming = new GrpcCall(call)
    call.sendMetadata(incoming.headers)
    copy(dispatcher.stream(method, call.request, incoming), new Output(call, incoming.signal)).then(
      () => call.end(),
      (error: unknown) => call.emit('error', endStatus(error)),
    )
  }
}

async function copy(answers: AsyncGenerator<Uint8Array>, output: Output): Promise<void> {
  for await (const answer of answers) {
    output.write(answer)
    if (!(await output.hasRoom())) await answers.throw(shuttingDown())
    if (output.isLeft) return
  }
}

/** What is written and not yet taken, in bytes: grpc-js counts messages, of whatever size. */
class Output {
  private readonly call: Call
  private readonly left: AbortSignal
  private waiting = 0
  private taken: () => void = () => undefined

  constructor(call: Call, left: AbortSignal) {
    this.call = call
    this.left = left
  }

  /** Whether the caller has gone: nothing that is written is ever taken then. */
  get isLeft(): boolean {
    return this.left.aborted
  }

  write(answer: Uint8Array): void {
    this.waiting += answer.length
    this.call.write(answer, () => {
      this.waiting -= answer.length
      this.taken()
    })
  }

  /** Resolves true once little enough is waiting or the caller has gone, false when nothing is taken for WATCH_LIMITS.stallMs. */
  async hasRoom(): Promise<boolean> {
    while (this.waiting > WATCH_LIMITS.bufferBytes && !this.isLeft) if (!(await this.moves())) return false
    return true
  }

  private moves(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isMoving: boolean): void => {
        stop()
        this.left.removeEventListener('abort', moved)
        resolve(isMoving)
      }
      const moved = (): void => settle(true)
      const stop = startPatientTimer(WATCH_LIMITS.stallMs, () => settle(false))
      this.taken = moved
      this.left.addEventListener('abort', moved)
    })
  }
}
