// Who makes a call, as far as the domain wants to know.

/** The party that a call comes from. */
export interface Caller {
  /** What `created_by` and `modified_by` say of it; at most 256 bytes. */
  readonly name: string
  /** What the call that it makes now is named in logs; '' or undefined when it makes none. */
  readonly callId?: string
}
