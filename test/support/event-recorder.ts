// Records what a watch of a reader shows, so that a test can wait for it.
import { EventEmitter, once } from 'node:events'
import type { WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { TaskReader, WatchOptions } from '../../src/client/task-reader.js'

/** A watch that is recorded from its beginning. */
export class EventRecorder {
  readonly answers: WatchTasksResponse[] = []
  private readonly changed = new EventEmitter()
  private readonly stopped = new AbortController()
  private readonly done: Promise<unknown>

  constructor(reader: TaskReader, options: WatchOptions) {
    this.done = this.record(reader, options)
  }

  /** Kinds of the events so far; `snapshot` and `bookmark` for the other answers. */
  get kinds(): string[] {
    return this.answers.map(({ event, task }) => event?.kind ?? (task === undefined ? 'bookmark' : 'snapshot'))
  }

  /** Resolves once `condition` holds. */
  async until(condition: (answers: readonly WatchTasksResponse[]) => boolean): Promise<void> {
    while (!condition(this.answers)) await once(this.changed, 'answer')
  }

  /** Ends the watch; rejects with what ended it before. */
  async stop(): Promise<void> {
    this.stopped.abort()
    await this.done
  }

  private async record(reader: TaskReader, options: WatchOptions): Promise<void> {
    try {
      for await (const answer of reader.watch({ ...options, signal: this.stopped.signal })) {
        this.answers.push(answer)
        this.changed.emit('answer')
      }
    } catch (error) {
      if (!this.stopped.signal.aborted) throw error
    }
  }
}
