// Where the stamps of a store are: in memory, or in a file beside the database when other processes read it as well.
import type { StampView } from './instance-stamps.js'
import { makeStampFile, retireStampFile, stampPath, StampReader } from './stamp-file.js'
import { StampMemory } from './stamp-memory.js'
import type { WriterOptions } from './writer-protocol.js'

/** The stamps of a database file, as those see them who read. */
export interface OpenStamps {
  readonly view: StampView
  close(): void
}

/** The same for the process that has the file. */
export interface OwnStamps extends OpenStamps {
  /** What its writer is started with. */
  readonly writing: WriterOptions['stamps']
}

/** Makes the stamps of the database file at `path`, for the process that has its lock. Throws when it cannot. */
export function makeStamps(path: string, isShared: boolean): OwnStamps {
  const file = stampPath(path)
  if (isShared) {
    makeStampFile(file)
    const view = new StampReader(file)
    const close = (): void => {
      view.close()
      try {
        retireStampFile(file)
      } catch {
        // Nobody reads it any more; whoever opens the database next removes it.
      }
    }
    return { view, writing: file, close }
  }
  // Of a server with workers that has crashed: one of them may not know yet.
  retireStampFile(file)
  const view = new StampMemory()
  return { view, writing: view.memory, close: () => undefined }
}

/** Opens the stamps that another process has made. Throws when it has not. */
export function openSharedStamps(path: string): OpenStamps {
  const view = new StampReader(stampPath(path))
  return { view, close: () => view.close() }
}
