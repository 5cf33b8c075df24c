// The schema, as numbered migrations. A migration that has been released is never edited; the next one changes things.
import type Database from 'better-sqlite3'
import { frameTask } from '../../task/framed-task.js'
import { encodedTask } from '../sql/task-row.js'
import { markOwnership } from './connection.js'

interface Migration {
  readonly name: string
  readonly sql: string
}

// Positions in lists are revisions: created_revision orders by created_at, revision by modified_at, both without ties,
// because times never go backwards within an instance.
const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001 tasks, their labels, the event log and request ids',
    sql: `
      CREATE TABLE service_instance (
        service_instance_id TEXT NOT NULL PRIMARY KEY,
        revision INTEGER NOT NULL,
        modified_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE task (
        service_instance_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        created_revision INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        status TEXT NOT NULL,
        outcome TEXT NOT NULL,
        command TEXT NOT NULL,
        service TEXT NOT NULL,
        created_by TEXT NOT NULL,
        modified_by TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        encoded BLOB NOT NULL,
        PRIMARY KEY (service_instance_id, task_id)
      ) STRICT;
      CREATE UNIQUE INDEX task_created ON task (service_instance_id, created_revision);
      CREATE UNIQUE INDEX task_modified ON task (service_instance_id, revision);
      CREATE INDEX task_status ON task (service_instance_id, status, created_revision);
      CREATE INDEX task_command ON task (service_instance_id, command, created_revision);
      CREATE INDEX task_created_by ON task (service_instance_id, created_by, created_revision);
      CREATE INDEX task_service ON task (service_instance_id, service, created_revision) WHERE service <> '';
      CREATE INDEX task_resource_id ON task (service_instance_id, resource_id, created_revision) WHERE resource_id <> '';

      CREATE TABLE task_label (
        service_instance_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        created_revision INTEGER NOT NULL,
        PRIMARY KEY (service_instance_id, task_id, key)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX task_label_value ON task_label (service_instance_id, key, value, created_revision);

      CREATE TABLE task_event (
        service_instance_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        task_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        at INTEGER NOT NULL,
        status_from TEXT,
        status_to TEXT,
        encoded BLOB NOT NULL,
        PRIMARY KEY (service_instance_id, revision)
      ) STRICT;
      CREATE INDEX task_event_at ON task_event (at);

      CREATE TABLE create_request (
        service_instance_id TEXT NOT NULL,
        request_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        hash BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        PRIMARY KEY (service_instance_id, request_id)
      ) STRICT;
      CREATE INDEX create_request_made_at ON create_request (made_at);
    `,
  },
  {
    name: '0002 leases, what is due, parents, the history of a task, retention',
    sql: `
      ALTER TABLE task ADD COLUMN parent_task_id TEXT NOT NULL DEFAULT '';
      ALTER TABLE task ADD COLUMN progress INTEGER;
      ALTER TABLE task ADD COLUMN lease BLOB;
      ALTER TABLE task ADD COLUMN lease_token TEXT NOT NULL DEFAULT '';
      ALTER TABLE task ADD COLUMN lease_expires_at INTEGER;
      ALTER TABLE task ADD COLUMN lease_ttl INTEGER;
      ALTER TABLE task ADD COLUMN due_at INTEGER;
      CREATE INDEX task_parent ON task (service_instance_id, parent_task_id, created_revision) WHERE parent_task_id <> '';
      CREATE INDEX task_due ON task (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX task_ended ON task (service_instance_id, status, ended_at) WHERE ended_at IS NOT NULL;

      ALTER TABLE task_event ADD COLUMN reason TEXT NOT NULL DEFAULT '';
      ALTER TABLE task_event ADD COLUMN previous_revision INTEGER;
      UPDATE task_event SET kind = CASE kind
        WHEN 'create' THEN 'CREATED' WHEN 'start' THEN 'STARTED' WHEN 'update' THEN 'UPDATED'
        WHEN 'complete' THEN 'SUCCEEDED' WHEN 'fail' THEN 'FAILED' WHEN 'delete' THEN 'DELETED' ELSE kind END;
      CREATE INDEX task_event_task ON task_event (service_instance_id, task_id, revision);
      UPDATE task_event SET previous_revision = (
        SELECT max(earlier.revision) FROM task_event AS earlier
        WHERE earlier.service_instance_id = task_event.service_instance_id AND earlier.task_id = task_event.task_id
          AND earlier.revision < task_event.revision);

      CREATE TABLE retention_policy (
        service_instance_id TEXT NOT NULL PRIMARY KEY,
        encoded BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: '0003 how many ended parts of a task have been deleted',
    sql: 'ALTER TABLE task ADD COLUMN ended_parts_gone INTEGER NOT NULL DEFAULT 0',
  },
  {
    name: '0004 how many tasks there are, and lists by the clock across instances',
    sql: `
      CREATE TABLE task_count (
        service_instance_id TEXT NOT NULL,
        status TEXT NOT NULL,
        total INTEGER NOT NULL,
        roots INTEGER NOT NULL,
        PRIMARY KEY (service_instance_id, status)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO task_count
        SELECT service_instance_id, status, count(*), count(*) FILTER (WHERE parent_task_id = '') FROM task GROUP BY 1, 2;

      CREATE INDEX root_created ON task (service_instance_id, created_at, created_revision) WHERE parent_task_id = '';
      CREATE INDEX root_modified ON task (service_instance_id, modified_at, revision) WHERE parent_task_id = '';
      CREATE INDEX root_created_anywhere ON task (created_at, service_instance_id, created_revision) WHERE parent_task_id = '';
      CREATE INDEX root_modified_anywhere ON task (modified_at, service_instance_id, revision) WHERE parent_task_id = '';
    `,
  },
  {
    name: '0005 the instance of a task by its id alone',
    sql: 'CREATE INDEX task_by_id ON task (task_id)',
  },
  {
    // The key of a task is the number of its instance, 40 bits further up than the revision that created it: see task-key.
    // Tasks are copied in that order, along indexes, so that the new table is written front to back and nothing is sorted.
    name: '0006 tasks in the order of their creation, ready to be sent; numbers of instances',
    sql: `
      CREATE TABLE numbered_instance (
        service_instance_id TEXT NOT NULL PRIMARY KEY,
        number INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        changes INTEGER NOT NULL,
        modified_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO numbered_instance
        SELECT service_instance_id, row_number() OVER (ORDER BY service_instance_id), revision, revision, modified_at
        FROM service_instance;
      DROP TABLE service_instance;
      ALTER TABLE numbered_instance RENAME TO service_instance;
      CREATE UNIQUE INDEX service_instance_number ON service_instance (number);

      CREATE TABLE keyed_task (
        key INTEGER PRIMARY KEY,
        service_instance_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        status TEXT NOT NULL,
        outcome TEXT NOT NULL,
        command TEXT NOT NULL,
        service TEXT NOT NULL,
        created_by TEXT NOT NULL,
        modified_by TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        parent_task_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        due_at INTEGER,
        progress INTEGER,
        ended_parts_gone INTEGER NOT NULL DEFAULT 0,
        lease_token TEXT NOT NULL,
        framed BLOB NOT NULL
      ) STRICT;
      INSERT INTO keyed_task
        SELECT instance.number << 40 | task.created_revision, task.service_instance_id, task_id, task.revision, status, outcome, command,
          service, created_by, modified_by, resource_id, resource_type, parent_task_id, created_at, task.modified_at, started_at,
          ended_at, due_at, progress, ended_parts_gone, lease_token, frame_task(encoded, lease)
        FROM service_instance AS instance INDEXED BY service_instance_number
        CROSS JOIN task INDEXED BY task_created ON task.service_instance_id = instance.service_instance_id
        ORDER BY instance.number, task.created_revision;

      CREATE TABLE keyed_label (
        task_key INTEGER NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (task_key, key)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO keyed_label
        SELECT instance.number << 40 | label.created_revision, label.key, label.value
        FROM task_label AS label JOIN service_instance AS instance USING (service_instance_id);

      DROP TABLE task;
      DROP TABLE task_label;
      ALTER TABLE keyed_task RENAME TO task;
      ALTER TABLE keyed_label RENAME TO task_label;
      CREATE UNIQUE INDEX task_by_id ON task (task_id, service_instance_id);
      CREATE UNIQUE INDEX task_modified ON task (service_instance_id, revision);
      CREATE INDEX task_status ON task (status);
      CREATE INDEX task_command ON task (command);
      CREATE INDEX task_created_by ON task (created_by);
      CREATE INDEX task_service ON task (service) WHERE service <> '';
      CREATE INDEX task_resource_id ON task (resource_id) WHERE resource_id <> '';
      CREATE INDEX task_parent ON task (service_instance_id, parent_task_id) WHERE parent_task_id <> '';
      CREATE INDEX task_due ON task (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX task_ended ON task (service_instance_id, status, ended_at) WHERE ended_at IS NOT NULL;
      CREATE INDEX root_created ON task (service_instance_id, created_at) WHERE parent_task_id = '';
      CREATE INDEX root_modified ON task (service_instance_id, modified_at, revision) WHERE parent_task_id = '';
      CREATE INDEX root_created_anywhere ON task (created_at, service_instance_id) WHERE parent_task_id = '';
      CREATE INDEX root_modified_anywhere ON task (modified_at, service_instance_id, revision) WHERE parent_task_id = '';
      CREATE INDEX task_label_value ON task_label (key, value, task_key);

      CREATE TABLE task_json (
        key INTEGER PRIMARY KEY,
        revision INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        form INTEGER NOT NULL,
        json TEXT NOT NULL
      ) STRICT;
      INSERT INTO task_json SELECT key, revision, length(framed), 0, '' FROM task;
    `,
  },
]

/** The schema version that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/**
 * Brings the database to SCHEMA_VERSION, or to an earlier `target`, each migration all or nothing. Throws on a database of a newer version, which
 * is left as it is.
 */
export function migrate(database: Database.Database, target = SCHEMA_VERSION): void {
  // Fails at once on a file that cannot be written, also when there is nothing to migrate.
  database.transaction(() => undefined).immediate()
  const version = schemaVersion(database)
  database.function('frame_task', { deterministic: true }, (encoded: Uint8Array, lease: Uint8Array | null) =>
    frameTask(encodedTask({ encoded, lease })),
  )
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `the database has schema version ${version}, this program knows up to ${SCHEMA_VERSION}; run a newer Taskplane`,
    )
  }
  for (const [index, migration] of MIGRATIONS.slice(0, target).entries()) {
    if (index >= version) apply(database, migration, index + 1)
  }
}

function apply(database: Database.Database, migration: Migration, version: number): void {
  try {
    database
      .transaction(() => {
        // Another process may have migrated between the look and the lock.
        if (schemaVersion(database) >= version) return
        if (version === 1) markOwnership(database)
        database.exec(migration.sql)
        database.pragma(`user_version = ${version}`)
      })
      .immediate()
  } catch (cause) {
    throw new Error(`migration ${migration.name} failed`, { cause })
  }
}

function schemaVersion(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}
