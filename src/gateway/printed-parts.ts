// Parts of streams as they go out. Many who follow the same get the same answers: each is printed once, and its bytes are
// shared, so that readers who are slow hold no copies.

/** Knows what was printed of the answers that somebody still holds. */
export class PrintedParts {
  private readonly forms = new Map<string, WeakMap<Uint8Array, Buffer>>()

  /** The bytes of `message` in a form: what `print` makes of it the first time. `form` stands for how it is printed. */
  of(form: string, message: Uint8Array, print: () => string): Buffer {
    let printed = this.forms.get(form)
    if (printed === undefined) {
      printed = new WeakMap()
      this.forms.set(form, printed)
    }
    const known = printed.get(message)
    if (known !== undefined) return known
    const part = Buffer.from(print())
    printed.set(message, part)
    return part
  }
}
