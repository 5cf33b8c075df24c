// An error that is an answer: it says what a caller did or met, not where in the program.

/** Has no stack: to gather one costs more than all the rest of a refusal, and a busy server refuses the most. */
export class Refusal extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}
