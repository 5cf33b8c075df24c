// The clock of the database, the only one: every server has the same time.
import { LEASE_LIMITS } from '../../limits.js'
import type { Connection, Statement } from './database.js'

/** SQL of the milliseconds since 1970, now and not when the transaction began. */
const DATABASE_TIME = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** What time it is, and since when owners can renew their leases without a break. */
export interface Times {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly servedSince: Date
}

interface TimesRow {
  readonly now: bigint
  readonly served_since: bigint
}

/** Reads the clock. */
export class Clock {
  private readonly readTimes: Statement
  private readonly takeTurn: Statement

  /** `time`: SQL of the milliseconds since 1970. */
  constructor(time = DATABASE_TIME) {
    // When no server has looked for what is due for so long, none has served: the break ends now.
    const servedSince = `CASE WHEN swept_at < ${time} - ${LEASE_LIMITS.outageMs} THEN ${time} ELSE served_since END`
    this.readTimes = { name: 'read_times', text: `SELECT ${time} AS now, ${servedSince} AS served_since FROM sweep` }
    this.takeTurn = {
      name: 'take_turn',
      text:
        `UPDATE sweep SET served_since = ${servedSince}, swept_at = ${time}` +
        ` WHERE abs(${time} - swept_at) >= ${LEASE_LIMITS.sweepIntervalMs / 2} RETURNING swept_at AS now, served_since`,
    }
  }

  async read(connection: Connection): Promise<Times> {
    const [row] = await connection.rows<TimesRow>(this.readTimes)
    if (row === undefined) throw new Error('The table sweep has lost its row')
    return timesOf(row)
  }

  /** The times, when it is this server's turn to look for what is due; undefined when another one just has. */
  async turn(connection: Connection): Promise<Times | undefined> {
    const [row] = await connection.rows<TimesRow>(this.takeTurn)
    return row && timesOf(row)
  }
}

function timesOf({ now, served_since }: TimesRow): Times {
  return { now: Number(now), servedSince: new Date(Number(served_since)) }
}
