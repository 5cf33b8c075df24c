// Finds the instances that have more events than their followers know, whether or not a notification told of them: one question for
// all that this server follows.
import type { InstanceId } from '../../task/identifiers.js'
import type { FollowedInstances } from '../../task/task-store.js'
import type { Connection, Statement } from './database.js'

const FIND_NEWER: Statement = {
  name: 'find_newer',
  text:
    'SELECT instance.service_instance_id AS instance FROM unnest($1::text[], $2::bigint[]) AS known (id, revision)' +
    ' JOIN service_instance AS instance ON instance.service_instance_id = known.id WHERE instance.revision > known.revision',
}

/** What a look works with. */
export interface LookParts {
  readonly connection: Connection
  readonly followed: FollowedInstances
  readonly onChange: (instance: InstanceId) => void
}

/** Looks on demand, one look at a time. */
export class MissedChanges {
  private readonly parts: LookParts
  private looking: Promise<void> | undefined
  private isWanted = false

  constructor(parts: LookParts) {
    this.parts = parts
  }

  /** Looks from now on: a look that has begun may be too early, and is followed by another one. */
  look(): void {
    this.isWanted = true
    this.looking ??= this.lookWhileWanted().finally(() => (this.looking = undefined))
  }

  /** Resolves when nobody looks any more. */
  async settled(): Promise<void> {
    await this.looking
  }

  private async lookWhileWanted(): Promise<void> {
    const { connection, followed, onChange } = this.parts
    while (this.isWanted) {
      this.isWanted = false
      const known = [...followed()]
      if (known.length === 0) return
      const [ids, revisions] = [known.map(([id]) => id), known.map(([, revision]) => revision)]
      // A look that fails is made up for by the next one.
      const newer = await connection.rows<{ readonly instance: InstanceId }>(FIND_NEWER, [ids, revisions]).catch(() => [])
      for (const { instance } of newer) onChange(instance)
    }
  }
}
