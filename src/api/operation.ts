// What a call does, as far as who runs it wants to know: the same for a method of the contract and for a face beside it.

/** One thing that callers can ask for. */
export interface Operation {
  /** For reports, such as `openshift.v1.TaskService/GetTask`. */
  readonly name: string
  /** Whether it waits for something to happen: it may take long unless its caller says, and ends when the server stops. */
  readonly waits: boolean
  /** Whether it changes anything. */
  readonly writes: boolean
}
