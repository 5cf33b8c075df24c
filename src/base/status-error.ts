// A google.rpc.Status on its way to a caller: what every face throws, catches and writes in its own dialect.
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { Status } from '../../gen/google/rpc/status.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { Refusal } from './refusal.js'

/** A call that ended with a status other than OK (AIP-193). */
export class StatusError extends Refusal {
  override readonly name = 'StatusError'
  /** Number of the google.rpc.Code, 1 to 16. */
  readonly code: number
  /** The whole google.rpc.Status, encoded: what gRPC carries as `grpc-status-details-bin`. */
  readonly details: Uint8Array

  constructor(code: Code, message: string, details: readonly Any[] = []) {
    super(message)
    this.code = codeToNumber(code)
    this.details = Status.encode({ code: this.code, message, details: [...details] }).finish()
  }
}
