// The schema, as numbered migrations. A migration that has been released is never edited; the next one changes things, and
// first only adds: servers of the version before go on working until they are replaced.
import { LOG_SLOTS } from './log-slots.js'

/** One step of the schema. */
export interface Migration {
  readonly name: string
  /** The oldest schema version whose programs can work with this one. */
  readonly worksWith: number
  readonly sql: (partitions: number) => string
}

// Positions in lists are revisions: created_revision orders by created_at, revision by modified_at, both without ties,
// because times never go backwards within an instance. Text is compared by code points, as everywhere else.
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001 tasks, their labels, the event log, request ids, numbers, retention and the look for what is due',
    worksWith: 1,
    sql: (partitions) => [sharedTables(), taskTables(partitions), logTables(partitions)].join('\n'),
  },
]

const BY_SLOT = ' PARTITION BY LIST (slot)'

/** One row for each instance, or fewer: never divided. */
function sharedTables(): string {
  return `
  CREATE TABLE service_instance (
    service_instance_id text COLLATE "C" NOT NULL PRIMARY KEY,
    revision bigint NOT NULL,
    modified_at bigint NOT NULL
  ) WITH (fillfactor = 50);

  CREATE TABLE task_count (
    service_instance_id text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    total bigint NOT NULL,
    roots bigint NOT NULL,
    PRIMARY KEY (service_instance_id, status)
  ) WITH (fillfactor = 50);

  CREATE TABLE retention_policy (
    service_instance_id text COLLATE "C" NOT NULL PRIMARY KEY,
    encoded bytea NOT NULL
  );

  CREATE TABLE sweep (
    swept_at bigint NOT NULL,
    served_since bigint NOT NULL,
    checks bigint NOT NULL
  ) WITH (fillfactor = 10);
  INSERT INTO sweep VALUES (0, 0, 0);
  `
}

function taskTables(partitions: number): string {
  return `
  CREATE TABLE task (
    service_instance_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    created_revision bigint NOT NULL,
    revision bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    command text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    modified_by text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    started_at bigint,
    ended_at bigint,
    parent_task_id text COLLATE "C" NOT NULL,
    progress integer,
    ended_parts_gone integer NOT NULL DEFAULT 0,
    lease bytea,
    lease_token text COLLATE "C" NOT NULL,
    lease_expires_at bigint,
    lease_ttl bigint,
    due_at bigint,
    encoded bytea NOT NULL,
    PRIMARY KEY (service_instance_id, task_id)
  )${byInstance(partitions)};
  ${partitionsOf('task', partitions)}
  CREATE UNIQUE INDEX task_created ON task (service_instance_id, created_revision);
  CREATE UNIQUE INDEX task_modified ON task (service_instance_id, revision);
  CREATE INDEX task_by_id ON task (task_id);
  CREATE INDEX task_status ON task (service_instance_id, status, created_revision);
  CREATE INDEX task_command ON task (service_instance_id, command, created_revision);
  CREATE INDEX task_created_by ON task (service_instance_id, created_by, created_revision);
  CREATE INDEX task_service ON task (service_instance_id, service, created_revision) WHERE service <> '';
  CREATE INDEX task_resource_id ON task (service_instance_id, resource_id, created_revision) WHERE resource_id <> '';
  CREATE INDEX task_parent ON task (service_instance_id, parent_task_id, created_revision) WHERE parent_task_id <> '';
  CREATE INDEX task_due ON task (due_at, created_revision) WHERE due_at IS NOT NULL;
  CREATE INDEX task_ended ON task (service_instance_id, status, ended_at, created_revision) WHERE ended_at IS NOT NULL;
  CREATE INDEX root_created ON task (service_instance_id, created_at, created_revision) WHERE parent_task_id = '';
  CREATE INDEX root_modified ON task (service_instance_id, modified_at, revision) WHERE parent_task_id = '';
  CREATE INDEX root_created_anywhere ON task (created_at, service_instance_id, created_revision) WHERE parent_task_id = '';
  CREATE INDEX root_modified_anywhere ON task (modified_at, service_instance_id, revision) WHERE parent_task_id = '';

  CREATE TABLE task_label (
    service_instance_id text COLLATE "C" NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    created_revision bigint NOT NULL,
    PRIMARY KEY (service_instance_id, task_id, key)
  )${byInstance(partitions)};
  ${partitionsOf('task_label', partitions)}
  CREATE INDEX task_label_value ON task_label (service_instance_id, key, value, created_revision);
  `
}

function logTables(partitions: number): string {
  return `
  CREATE TABLE task_event (
    service_instance_id text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    slot smallint NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    status_from text COLLATE "C",
    status_to text COLLATE "C",
    reason text COLLATE "C" NOT NULL,
    previous_revision bigint,
    encoded bytea NOT NULL,
    PRIMARY KEY (service_instance_id, revision, slot)
  )${byInstance(partitions) || BY_SLOT};
  ${slotsOf('task_event', partitions)}
  CREATE INDEX task_event_task ON task_event (service_instance_id, task_id, revision);
  CREATE INDEX task_event_at ON task_event USING brin (at) WITH (autosummarize = on);

  CREATE TABLE create_request (
    service_instance_id text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    task_id text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    made_at bigint NOT NULL,
    PRIMARY KEY (service_instance_id, request_id, slot)
  )${byInstance(partitions) || BY_SLOT};
  ${slotsOf('create_request', partitions)}
  CREATE INDEX create_request_made_at ON create_request USING brin (made_at) WITH (autosummarize = on);
  `
}

function byInstance(partitions: number): string {
  return partitions === 0 ? '' : ' PARTITION BY HASH (service_instance_id)'
}

/** The hash partitions of a table, each divided further as `by` says. */
function partitionsOf(table: string, partitions: number, by = ''): string {
  const remainders = Array.from({ length: partitions }, (_, remainder) => remainder)
  return remainders
    .map((each) => `CREATE TABLE ${table}_p${each} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${each})${by};`)
    .join('\n')
}

/** The parts of a log that are emptied as a whole. */
function slotsOf(table: string, partitions: number): string {
  const logs = partitions === 0 ? [table] : Array.from({ length: partitions }, (_, each) => `${table}_p${each}`)
  const slots = Array.from({ length: LOG_SLOTS }, (_, slot) => slot)
  const tables = logs.flatMap((log) => slots.map((slot) => `CREATE TABLE ${log}_s${slot} PARTITION OF ${log} FOR VALUES IN (${slot});`))
  return [partitionsOf(table, partitions, BY_SLOT), ...tables].join('\n')
}
