// Questions that were sent to another process, until their answers come, in whatever order.
interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** The questions that are open. */
export class Questions<Answer> {
  private readonly asked = new Map<number, Asked<Answer>>()
  private last = 0

  /** Sends a question by `send`, under the id that its answer has to come with. */
  ask(send: (id: number) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.last += 1
      this.asked.set(this.last, { resolve, reject })
      send(this.last)
    })
  }

  /** The answer to the question `id` has come. */
  answer(id: number, answer: Answer): void {
    this.asked.get(id)?.resolve(answer)
    this.asked.delete(id)
  }

  /** No more answers come: who waits for one gets `error`. */
  abandon(error: Error): void {
    for (const { reject } of this.asked.values()) reject(error)
    this.asked.clear()
  }
}
