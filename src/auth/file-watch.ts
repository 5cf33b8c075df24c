// A value that is made of files, and made again when they change: certificates, keys and grants are renewed while we run.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** What to make of which files. */
export interface FileSource<T> {
  readonly paths: readonly string[]
  /** Makes the value of the contents, in the order of `paths`. Throws when they are not of use. */
  readonly make: (contents: readonly Buffer[]) => T
  /** Hears of files that cannot be read, each time, and of new contents that are not of use, once; the value stays. */
  readonly onFault: (error: unknown) => void
}

/** The value of some files. */
export class FileWatch<T> {
  private readonly source: FileSource<T>
  private readonly listeners = new Set<(value: T) => void>()
  private contents: readonly Buffer[]
  private made: T
  private looking: Promise<void> | undefined

  /** Reads the files now. Throws what reading or `make` throws. */
  constructor(source: FileSource<T>) {
    this.source = source
    this.contents = source.paths.map((path) => readFileSync(path))
    this.made = source.make(this.contents)
  }

  get value(): T {
    return this.made
  }

  /** Tells `listener` of every value from the next one on. */
  onChange(listener: (value: T) => void): void {
    this.listeners.add(listener)
  }

  /** Looks at the files again. Never rejects. */
  look(): Promise<void> {
    return (this.looking ??= this.reread().finally(() => (this.looking = undefined)))
  }

  private async reread(): Promise<void> {
    const { paths, make, onFault } = this.source
    try {
      const contents = await Promise.all(paths.map((path) => readFile(path)))
      if (contents.every((content, index) => content.equals(this.contents[index] ?? Buffer.alloc(0)))) return
      this.contents = contents
      this.made = make(contents)
      for (const listener of this.listeners) listener(this.made)
    } catch (error) {
      onFault(error)
    }
  }
}
