// Tells the servers of each other's commits. The event log is the truth: a notification is only a reason to look, and nobody
// relies on it. While a server cannot listen it looks more often.
import pg from 'pg'
import { POSTGRES_LIMITS } from '../../limits.js'
import type { InstanceId } from '../../task/identifiers.js'
import type { ChangeListener } from '../../task/task-store.js'
import { connectionOptions, type DatabaseOptions } from './database.js'

const CHANNEL = 'taskplane_change'
/** What pg_stat_activity calls the connections that listen. */
export const LISTENER = 'taskplane-listen'
/** No character of an instance id. */
const SEPARATOR = ','
const NOTIFY = { name: 'notify', text: `SELECT pg_notify('${CHANNEL}', ids) FROM unnest($1::text[]) AS ids` }
// Whoever commits a notification holds up all others of the database until then, so none of them waits for the disk.
const LISTEN = `SET synchronous_commit = off; LISTEN ${CHANNEL}`

/** Who hears of the commits of other servers. */
export interface ChannelEnd {
  readonly onChange: ChangeListener
  /** Notices may have been missed: it is time to look. */
  readonly onMissed: () => void
}

/** A connection that listens, and announces what this server has committed. */
export class ChangeChannel {
  private readonly options: DatabaseOptions
  private readonly end: ChannelEnd
  private readonly changed = new Set<InstanceId>()
  private client: pg.Client | undefined
  private telling: NodeJS.Timeout | undefined
  private looking: NodeJS.Timeout | undefined
  private listening: Promise<void> | undefined
  private isClosed = false

  constructor(options: DatabaseOptions, end: ChannelEnd) {
    this.options = options
    this.end = end
  }

  /** Begins to listen. */
  open(): void {
    this.look()
  }

  /** Tells the other servers that instances have new events, together with what else has some at the same time. */
  tell(instances: Iterable<InstanceId>): void {
    for (const instance of instances) this.changed.add(instance)
    if (this.changed.size > 0) this.telling ??= setTimeout(() => this.sendChanges(), POSTGRES_LIMITS.notifyDelayMs)
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.looking)
    this.sendChanges()
    await this.listening
    await this.client?.end().catch(() => undefined)
  }

  /** Looks for what no notification told of, and whether anybody listens still. */
  private look(): void {
    clearTimeout(this.looking)
    if (this.isClosed) return
    const { client } = this
    this.end.onMissed()
    this.looking = setTimeout(() => this.look(), client === undefined ? POSTGRES_LIMITS.pollLostMs : POSTGRES_LIMITS.pollMs)
    if (client !== undefined) this.probe(client)
    else this.listening ??= this.listen().finally(() => (this.listening = undefined))
  }

  /** It answers at once, or the connection is dead. */
  private probe(client: pg.Client): void {
    const question = { text: 'SELECT 1', query_timeout: POSTGRES_LIMITS.connectMs }
    client.query(question).catch(() => this.lose(client))
  }

  private async listen(): Promise<void> {
    const options = { ...connectionOptions(this.options.url), application_name: LISTENER, pipeline: true }
    const client = new pg.Client(options)
    client.on('error', () => this.lose(client))
    client.on('end', () => this.lose(client))
    client.on('notification', ({ payload = '', processId }) => {
      if (processId === (client as unknown as { processID: number }).processID) return
      for (const instance of payload.split(SEPARATOR)) this.end.onChange(instance as InstanceId)
    })
    try {
      await client.connect()
      await client.query(LISTEN)
      if (this.isClosed) {
        await client.end()
        return
      }
      this.client = client
      // Only now is it certain that no notification is missed any more.
      this.look()
      this.sendChanges()
    } catch {
      client.end().catch(() => undefined)
    }
  }

  private lose(client: pg.Client): void {
    if (this.client !== client || this.isClosed) return
    this.client = undefined
    client.end().catch(() => undefined)
    this.options.onFailure(new Error('The connection that listens for changes is lost'))
    this.look()
  }

  private sendChanges(): void {
    clearTimeout(this.telling)
    this.telling = undefined
    // What cannot be told now is told by the connection that listens next, or found by the others' next look.
    if (this.client === undefined) return
    const payloads = payloadsOf(this.changed)
    this.changed.clear()
    if (payloads.length === 0) return
    this.client.query({ ...NOTIFY, values: [payloads] }).catch(() => undefined)
  }
}

/** The instances, as few payloads of POSTGRES_LIMITS.notifyBytes as it takes. */
export function payloadsOf(instances: Iterable<InstanceId>): string[] {
  const payloads: string[] = []
  for (const instance of instances) {
    const joined = `${payloads.at(-1) ?? ''}${SEPARATOR}${instance}`
    if (payloads.length === 0 || joined.length > POSTGRES_LIMITS.notifyBytes) payloads.push(instance)
    else payloads[payloads.length - 1] = joined
  }
  return payloads
}
