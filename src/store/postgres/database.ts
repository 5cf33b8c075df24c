// The connections to PostgreSQL: a pool of them, transactions on them, and a limit for every wait.
import pg from 'pg'
import { POSTGRES_LIMITS } from '../../limits.js'
import { asPostgresError, ConnectionLost } from './postgres-error.js'

/** A statement; one with a name is prepared once on each connection. */
export interface Statement {
  readonly name?: string
  readonly text: string
}

/** A parameter. Text may hold U+0000, which PostgreSQL does not take. */
export type Value = string | number | bigint | boolean | Uint8Array | null | readonly Value[]

/** Runs statements. Throws a DatabaseError that the server sent, or a ConnectionLost. */
export interface Connection {
  rows<Row>(statement: Statement, values?: readonly Value[]): Promise<Row[]>
}

/** Where the database is, and who hears when it cannot be had. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database?...`; never shown to anybody. */
  readonly url: string
  readonly onFailure: (error: Error) => void
}

/** Begins a transaction that writes. Whatever the database would do by default: who got its turn has to see what those before it wrote. */
export const BEGIN_WRITING = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

type TypeId = Parameters<typeof pg.types.getTypeParser>[0]

const { INT8, BYTEA, TEXT, VARCHAR } = pg.types.builtins

/** Columns as the store wants them: bigint, Buffer, text with U+0000 again; all others as `pg` does. */
const types = {
  getTypeParser(id: TypeId, format?: 'text' | 'binary'): unknown {
    if (id === INT8) return BigInt
    if (id === BYTEA) return (text: string) => Buffer.from(text.slice(2), 'hex')
    return id === TEXT || id === VARCHAR ? withNul : pg.types.getTypeParser(id, format)
  },
}

/** Settings of every connection. */
export function connectionOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'taskplane',
    connectionTimeoutMillis: POSTGRES_LIMITS.connectMs,
    statement_timeout: POSTGRES_LIMITS.statementMs,
    lock_timeout: POSTGRES_LIMITS.lockMs,
    idle_in_transaction_session_timeout: POSTGRES_LIMITS.idleInTransactionMs,
    query_timeout: POSTGRES_LIMITS.queryMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: POSTGRES_LIMITS.keepAliveMs,
    types,
  }
}

/**
 * Makes a new connection one of the store: single statements are READ COMMITTED whatever the database would do by default. Throws when
 * the database only reads, as a standby does: what it answers may lack writes that were acknowledged.
 */
export async function openSession(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ reads_only: boolean }>(
    "SELECT current_setting('transaction_read_only')::boolean AS reads_only, set_config('default_transaction_isolation', 'read committed', false)",
  )
  if (rows[0]?.reads_only !== false) throw new Error('the database only reads: a standby, or one with default_transaction_read_only')
}

/** A pool of connections. */
export class Database implements Connection {
  private readonly pool: pg.Pool
  private readonly onFailure: (error: Error) => void
  private isLost = false
  /** How often a connection fell silent, and what that number was when each connection was made. */
  private silences = 0
  private readonly madeAfter = new WeakMap<pg.Client, number>()

  constructor({ url, onFailure }: DatabaseOptions) {
    const lifetimeMs = POSTGRES_LIMITS.lifetimeMs * (0.9 + 0.2 * Math.random())
    const options = {
      ...connectionOptions(url),
      max: POSTGRES_LIMITS.connections,
      idleTimeoutMillis: POSTGRES_LIMITS.idleMs,
      maxLifetimeSeconds: Math.round(lifetimeMs / 1000),
      // Statements go out without waiting for the answers to those before them.
      pipeline: true,
      verify: (client: pg.PoolClient, done: (error?: Error) => void) => void openSession(client).then(() => done(), done),
    }
    this.pool = new pg.Pool(options)
    this.onFailure = onFailure
    // A connection that breaks while nobody uses it is replaced; one in use tells its user.
    this.pool.on('error', () => undefined)
    this.pool.on('connect', (client) => {
      client.on('error', () => undefined)
      this.madeAfter.set(client, this.silences)
    })
  }

  /** One statement outside of transactions; it only reads, for it may run twice. */
  rows<Row>(statement: Statement, values?: readonly Value[]): Promise<Row[]> {
    return this.insist(() => this.use((connection) => connection.rows<Row>(statement, values)))
  }

  /** Does `work`, and once more when its connection breaks: it can have been dead before its first use. */
  async insist<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConnectionLost && error.isSudden)) throw error
      return work()
    }
  }

  /** Runs `work` with a connection that nobody else has meanwhile. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.connect()
    const connection = new PooledConnection(client)
    try {
      const value = await work(connection)
      this.isLost = false
      return value
    } catch (error) {
      if (error instanceof ConnectionLost && !error.isSudden) this.silences += 1
      throw this.noticed(error)
    } finally {
      client.release(connection.isLost)
    }
  }

  /**
   * Runs `work` in a transaction, which begins with `begin`. `work` ends it with `commit`; otherwise nothing of it is done.
   */
  transaction<T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.use(async (connection) => {
      const transaction = new Transaction(connection, begin)
      try {
        return await work(transaction)
      } finally {
        await transaction.end()
      }
    })
  }

  /** Closes the connections, each once it is free. */
  close(): Promise<void> {
    return this.pool.end()
  }

  private async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.pool.connect().catch((error: unknown) => {
        throw this.noticed(asPostgresError(error))
      })
      if (this.madeAfter.get(client) === this.silences) return client
      // Where one fell silent, those that were made before it are dead as well, and would cost a wait each.
      client.release(true)
    }
  }

  /** Reports that the database is lost, once until it is found again. */
  private noticed(error: unknown): unknown {
    if (error instanceof ConnectionLost) {
      if (!this.isLost) this.onFailure(error)
      this.isLost = true
    }
    return error
  }
}

class PooledConnection implements Connection {
  /** Why the first statement without an answer has none, be it one that nobody minds, such as the last of a transaction. */
  private loss: ConnectionLost | undefined
  private readonly client: pg.PoolClient

  constructor(client: pg.PoolClient) {
    this.client = client
  }

  get isLost(): boolean {
    return this.loss !== undefined
  }

  async rows<Row>(statement: Statement, values: readonly Value[] = []): Promise<Row[]> {
    try {
      const { rows } = await this.client.query<Row & pg.QueryResultRow>({ ...statement, values: values.map(withoutNul) })
      return rows
    } catch (error) {
      const failure = asPostgresError(error)
      // To give one statement up ends its connection, which to those behind it looks as if it had broken.
      if (failure instanceof ConnectionLost) throw (this.loss ??= failure)
      throw failure
    }
  }
}

/**
 * A transaction that has begun. Its statements are sent at once; whoever sends several may wait for them together. None answers
 * when it could not begin: whatever is done next would be done outside of it.
 */
export class Transaction implements Connection {
  private readonly connection: Connection
  private readonly begun: Promise<unknown>
  private isOver = false

  constructor(connection: Connection, begin: string) {
    this.connection = connection
    this.begun = connection.rows({ text: begin })
    // Whoever waits for a statement after it hears of it.
    this.begun.catch(() => undefined)
  }

  async rows<Row>(statement: Statement, values?: readonly Value[]): Promise<Row[]> {
    const rows = await this.connection.rows<Row>(statement, values)
    await this.begun
    return rows
  }

  /** Commits what was done, and what `last` still waits for. */
  async commit(last: readonly Promise<unknown>[] = []): Promise<void> {
    await Promise.all([this.begun, ...last, this.connection.rows({ text: 'COMMIT' })])
    this.isOver = true
  }

  /** Undoes what was not committed. */
  async end(): Promise<void> {
    if (this.isOver) return
    // A connection that is lost takes its transaction with it.
    await this.connection.rows({ text: 'ROLLBACK' }).catch(() => undefined)
  }
}

// PostgreSQL has no U+0000 in text. U+FFFF, which is no character by definition, stands for it.
const NUL = '\0'
const STAND_IN = '\uFFFF'

function withoutNul(value: Value): unknown {
  if (typeof value === 'string') return value.includes(NUL) ? value.replaceAll(NUL, STAND_IN) : value
  return Array.isArray(value) ? (value as readonly Value[]).map(withoutNul) : value
}

function withNul(text: string): string {
  return text.includes(STAND_IN) ? text.replaceAll(STAND_IN, NUL) : text
}
