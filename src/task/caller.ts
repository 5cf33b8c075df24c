// Who makes a call, as far as the domain wants to know.
import type { InstanceId } from './identifiers.js'

/** The party that a call comes from. */
export interface Caller {
  /** What `created_by` and `modified_by` say of it; at most 256 bytes. */
  readonly name: string
  /** The service instances that it may see. Default: all. */
  readonly instances?: readonly InstanceId[] | undefined
}

/** The service instances that a list across instances may show to a caller, in no order; undefined: all there are. */
export function readableInstances({ instances }: Caller): readonly InstanceId[] | undefined {
  return instances
}
