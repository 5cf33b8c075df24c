// Every limit of the server, with its unit, its value and the reason for it. Only what is also of use without this server
// keeps limits of its own: the gateway and the client. `--limits` changes them at the start (set-limits.ts), so a module
// reads them when it runs and not when it is loaded.

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What one task may hold. Lengths of text are in Unicode code points unless they say bytes. */
export const TASK_LIMITS = {
  /** Ids, commands, services, resource types, in characters of `[A-Za-z0-9._~-]`: longer than any UUID or dotted name in use. */
  idLength: 128,
  /** A request_id, in characters of `[A-Za-z0-9._~-]`: a UUID has 36. */
  requestIdLength: 64,
  /** Bytes of created_by: an e-mail address has at most 254. */
  actorBytes: 256,
  /** A summary: what NetApp Astra allows for the name of a task. */
  summaryLength: 127,
  /** A description, as in NetApp Astra. */
  descriptionLength: 511,
  /** Name of a resource for people, as in NetApp Astra. */
  resourceNameLength: 127,
  /** A URI: what every browser and proxy takes. */
  uriLength: 2048,
  /** Collections of one resource. */
  collectionUris: 8,
  /** Details of one task: more is a log, not a status. */
  statusDetails: 32,
  /** Type of a detail: a URI or a word. */
  statusDetailTypeLength: 128,
  /** Title of a detail, as in NetApp Astra. */
  statusDetailTitleLength: 40,
  /** Text of a detail, as in NetApp Astra. */
  statusDetailDetailLength: 511,
  /** Labels of one task: each is a row in an index. */
  labels: 64,
  /** Key of a label, as in Kubernetes. */
  labelKeyLength: 63,
  /** Bytes of the value of a label. */
  labelValueBytes: 256,
  /** Message of the error of a task. */
  errorMessageLength: 2048,
  /** Bytes of each of metadata, response and error, encoded: a page of 1,000 tasks has to stay affordable. */
  payloadBytes: 64 * KIB,
} as const

/** Leases. */
export const LEASE_LIMITS = {
  /** Milliseconds of the shortest lease: shorter ones would end with a busy network. */
  ttlMinMs: 5 * SECOND,
  /** Milliseconds of the longest lease. */
  ttlMaxMs: 24 * HOUR,
  /** Owners that one task may have, so that recovery ends. */
  attempts: 100,
  /** Characters of a lease token that an owner chooses, at least: too many to guess. */
  tokenMinLength: 16,
  /** Characters of a lease token. */
  tokenLength: 64,
  /** Heartbeats that an owner is asked for in one lease: two may get lost. */
  heartbeatsPerTtl: 3,
  /** Milliseconds between two looks for what is due: a lease lapses at most this much, and the time of a look, late. */
  sweepIntervalMs: 1 * SECOND,
  /** Tasks that one look handles; more follow at once. */
  sweepTasks: 500,
  /**
   * Milliseconds without a look for what is due that count as an outage, after which every owner gets a whole ttl: what the
   * shortest lease has left when it is renewed in time, rounded down.
   */
  outageMs: 3 * SECOND,
} as const

/** Requests to pause and cancel. */
export const CONTROL_LIMITS = {
  /** Milliseconds a producer has to answer. */
  answerMs: 5 * MINUTE,
  /** Characters of the reason of a request. */
  reasonLength: 511,
} as const

/** Tasks that are parts of others. */
export const FAMILY_LIMITS = {
  /** Parts of a task that is no part itself, theirs included: a cancel reaches all of them in one transaction. */
  descendants: 1000,
  /** Generations, the first included. */
  depth: 8,
  /** Milliseconds that a deadline may be ahead: 366 days. */
  deadlineMs: 366 * 24 * HOUR,
} as const

/** Retention of ended tasks. */
export const RETENTION_LIMITS = {
  /** Milliseconds of the shortest age. */
  ageMinMs: 1 * MINUTE,
  /** Milliseconds of the longest age: ten years. */
  ageMaxMs: 3653 * 24 * HOUR,
} as const

/** Calls that wait and streams that watch. */
export const WATCH_LIMITS = {
  /** Milliseconds that WaitTask waits when the caller does not say. */
  waitDefaultMs: 30 * SECOND,
  /** Milliseconds that WaitTask waits at most. */
  waitMaxMs: 60 * SECOND,
  /** Milliseconds before the deadline of a call at which a wait answers. */
  waitMarginMs: 500,
  /** Calls that wait at once. */
  waiters: 5000,
  /** Calls that wait at once in one service instance, so that a few cannot take all places. */
  tenantWaiters: 500,
  /** Streams that watch at once. */
  watchers: 2000,
  /** Streams that watch at once in one service instance. */
  tenantWatchers: 200,
  /** Milliseconds of silence after which a stream says how far it is. */
  bookmarkMs: 30 * SECOND,
  /** Events of an instance that are kept in memory for those who watch it. */
  recentEvents: 500,
  /** Bytes of those events. */
  recentBytes: 1 * MIB,
  /** Events that are read from the store at once. */
  readEvents: 200,
  /** Bytes of tasks that a watcher takes at once, and holds while it is not read. */
  catchUpBytes: 64 * KIB,
  /** Milliseconds after which events that could not be read are read again. */
  readAgainMs: 1 * SECOND,
  /** Milliseconds that a stream lives at least; its life is a random time up to twice that, so that not all end at once. */
  lifeMs: 30 * MINUTE,
  /** Milliseconds of silence after which a stream over HTTP shows that it is alive. */
  heartbeatMs: 15 * SECOND,
  /** Bytes that wait for the reader of a stream before nothing more is read for it: 2,000 streams that nobody reads have to fit into memory. */
  bufferBytes: 64 * KIB,
  /** Milliseconds that a stream may go unread. */
  stallMs: 30 * SECOND,
} as const

/** When those who poll are asked to come again. */
export const POLL_LIMITS = {
  /** Milliseconds, at least: HTTP counts in seconds. */
  minMs: 1 * SECOND,
  /** Milliseconds, at most: how late a poller may hear of the end of a task. */
  maxMs: 30 * SECOND,
  /** Parts of the time that a task has taken, or has left, between two polls: the end is heard of a tenth late. */
  parts: 10,
  /** How many times as long pollers stay away when the server can take no more calls; from half of that on. */
  busyStretch: 4,
  /** Percent by which times vary, so that pollers that came together do not stay together. */
  spreadPercent: 10,
} as const

/** What one error may say. */
export const ERROR_LIMITS = {
  /** Field violations of one error; more are counted, not listed. */
  fieldViolations: 16,
  /** Characters of a message, which travels percent-encoded. */
  messageLength: 512,
  /** Bytes of an encoded google.rpc.Status: in base64 beside its message it stays within the 8 KiB of metadata that gRPC clients take. */
  statusBytes: 4 * KIB,
} as const

/** What one list may ask for (AIP-158, AIP-160). */
export const LIST_LIMITS = {
  /** Tasks on a page when the caller does not say. */
  pageSizeDefault: 50,
  /** Tasks on a page at most; more is coerced down. */
  pageSizeMax: 1000,
  /** Bytes of tasks on a page: gRPC clients take 4 MiB unless told otherwise. */
  pageBytes: 3 * MIB,
  /** Characters of a page token. */
  pageTokenLength: 1 * KIB,
  /** Milliseconds a page token holds. */
  pageTokenAgeMs: 24 * HOUR,
  /** Bytes of a filter. */
  filterBytes: 2 * KIB,
  /** Comparisons in a filter. */
  filterComparisons: 32,
  /** Nested parentheses and NOTs of a filter. */
  filterDepth: 8,
  /** Rows that one step of a list looks at; the event loop can run in between. Well under a millisecond. */
  scanStepRows: 250,
  /** Milliseconds of such steps in one turn of the event loop, for all lists together, and as many for writing those of the Astra face as JSON; the last one may overrun it. */
  stepTurnMs: 5,
  /** Rows that a filtered page looks at in all; then it ends short, with a next page. */
  scanRows: 100_000,
  /** Tasks that a list by offset can leave out: each is a row to step over. */
  sliceOffset: 100_000,
  /** Instances that a list across instances can name. */
  sliceInstances: 400,
} as const

/** Answers to Get and List that are kept for who asks again before anything has changed. */
export const ANSWER_LIMITS = {
  /** Bytes of answers that are kept, of messages and of JSON each. */
  cacheBytes: 32 * MIB,
  /** Bytes of an answer that is kept, if that is no more than half of `cacheBytes`: a page of 1,000 tasks as the documents show them. */
  answerBytes: 1 * MIB,
  /** Bytes of requests that are remembered, of GetTask and of ListTasks each, so that those that come again are not read again. */
  requestBytes: 4 * MIB,
  /** Milliseconds an answer is kept: its page token ages. */
  ageMs: 10 * MINUTE,
} as const

/** The jobs API of NetApp Service Engine. */
export const NSE_LIMITS = {
  /** Jobs in a list when the caller does not say, as there. */
  limitDefault: 20,
  /** Jobs in a list at most; more is refused, for who pages by an offset of its own limits would miss some. 100 of the largest stay below LIST_LIMITS.pageBytes. */
  limitMax: 100,
  /** Job tasks that a list shows of one job. */
  jobTasksOfListed: 100,
  /** Job tasks in one answer: all that a job can have, when it is asked for alone. */
  jobTasks: 1000,
} as const

/** What the store keeps and takes. */
export const STORE_LIMITS = {
  /** Milliseconds that a request_id is remembered (AIP-155). */
  requestIdMemoryMs: 24 * HOUR,
  /** Milliseconds that the event log reaches back. */
  historyMs: 24 * HOUR,
  /** Writes waiting for the writer; more are refused at once. At 10,000 writes a second this is under a second of work. */
  writeQueue: 8192,
  /** Writes in one transaction: bounds how long the first of them waits for the last. */
  groupCommit: 512,
  /** Batches on their way to the disk at once: one in the writer, one before it, so that the writer never waits for the event loop. */
  batchesInFlight: 2,
  /** Lists of more than one step that run at once, each on a connection of its own; more wait. */
  listReaders: 4,
  /** Prepared statements of lists that a connection keeps; every shape of a filter makes another. */
  keptStatements: 200,
  /** Service instances that a file of the embedded store can hold: the upper 23 bits of the keys of its tasks. */
  instances: 2 ** 23,
  /** Writes of one instance in the embedded store: the lower 40 bits of those keys; 35 years at 1,000 a second. */
  instanceRevisions: 2 ** 40,
  /** Kibibytes of the file that the writer keeps in memory: tasks of many instances have their index entries all over it. */
  writerCacheKib: 64 * KIB,
  /** Kibibytes of the file that the reads of the event loop keep in memory. */
  readerCacheKib: 64 * KIB,
  /** Kibibytes of the file that each connection for long lists keeps in memory. */
  listCacheKib: 16 * KIB,
  /** Pages of the log that are folded into the file at once: pages that were written again meanwhile are copied once. */
  checkpointPages: 4000,
  /** Milliseconds a connection waits for a lock of another one before it gives up. */
  busyTimeoutMs: 5 * SECOND,
  /** Milliseconds between two purges of what is past its time. */
  purgeIntervalMs: 1 * MINUTE,
  /** Rows that one purge transaction deletes at most, so that writes never wait long behind it. */
  purgeRows: 1000,
  /** Ended tasks that one purge looks at: those that wait for their parts stay, and are looked at again. */
  purgeLooks: 10_000,
} as const

/** Connections to PostgreSQL, and what goes over them. */
export const POSTGRES_LIMITS = {
  /** Connections of one server, beside the one that listens. */
  connections: 10,
  /** Of those, the ones that write at once, so that reads always have some. */
  writers: 6,
  /** Milliseconds to connect, or to wait for a connection that is free. */
  connectMs: 3 * SECOND,
  /** Milliseconds of one statement; PostgreSQL ends it. */
  statementMs: 5 * SECOND,
  /** Milliseconds that a statement waits for a lock. */
  lockMs: 2 * SECOND,
  /** Milliseconds that a transaction may idle: a server that was stopped within one holds up others no longer. */
  idleInTransactionMs: 5 * SECOND,
  /** Milliseconds after which a statement without an answer is given up with its connection; longer than statementMs. */
  queryMs: 8 * SECOND,
  /** Milliseconds of silence before a connection is probed. */
  keepAliveMs: 10 * SECOND,
  /** Milliseconds that a connection is kept without use. */
  idleMs: 1 * MINUTE,
  /** Milliseconds after which a connection is replaced; varied by a tenth, so that not all servers do so at once. */
  lifetimeMs: 30 * MINUTE,
  /** Times that a transaction is tried when others are in its way. */
  attempts: 5,
  /** Milliseconds before the second try, at most; they double with every further one. */
  retryMs: 25,
  /** Milliseconds of changes that are announced to other servers together. */
  notifyDelayMs: 5,
  /** Bytes of instance ids in one notification; PostgreSQL takes 7,999. */
  notifyBytes: 200,
  /** Milliseconds between two looks for changes that no notification told of. */
  pollMs: 5 * SECOND,
  /** Milliseconds between two such looks, and two attempts to listen again, while nobody listens. */
  pollLostMs: 1 * SECOND,
  /** Milliseconds between two attempts to find the database at start. */
  openAgainMs: 1 * SECOND,
  /** Milliseconds that a migration waits for another server that migrates. */
  migrateWaitMs: 1 * MINUTE,
  /** Hash partitions at most: each has its own tables and indexes. */
  partitions: 256,
  /** Milliseconds that emptying a part waits for those who read it; it is tried again with the next purge. */
  truncateLockMs: 100,
} as const

/** What a call may take. */
export const CALL_LIMITS = {
  /** Characters of an `x-request-id` that is taken over: a UUID has 36, a W3C traceparent 55. */
  idLength: 128,
  /** Milliseconds a unary call has when its caller does not say. */
  deadlineDefaultMs: 15 * SECOND,
  /** Milliseconds a unary call has at most. */
  deadlineMaxMs: 60 * SECOND,
  /** Reading calls that run at once, those that wait aside: as the API server of Kubernetes. */
  reads: 400,
  /** Writing calls that run at once. With GRPC_LIMITS.receiveBytes this bounds the bytes that wait for the writer: 50 MiB. */
  writes: 200,
  /** Calls that run at once in one service instance, those that wait aside. It gets no more of each kind than are still free. */
  tenantCalls: 50,
  /** Calls a second that one service instance may begin in the long run; Temporal Cloud begins with 500 for a namespace. */
  tenantRate: 200,
  /** Calls that one service instance may begin at once after a pause: two seconds of its rate. */
  tenantBurst: 400,
  /** Milliseconds after which a refused or failed call may be tried again. */
  retryDelayMs: 1 * SECOND,
} as const

/** What a message may be. */
export const MESSAGE_LIMITS = {
  /** Messages within messages; protobuf runtimes stop at 100. */
  depth: 100,
} as const

/** The gRPC port. grpc-js sets none of these by itself: streams, session memory, idle and age are unlimited there. */
export const GRPC_LIMITS = {
  /** Bytes of a request. */
  receiveBytes: 256 * KIB,
  /** Bytes of an answer: a page and its frame. */
  sendBytes: 4 * MIB,
  /** Streams on one connection, as Envoy at the edge and Kubernetes after CVE-2023-44487. */
  concurrentStreams: 100,
  /** Megabytes of HTTP/2 session state on one connection. */
  sessionMemoryMb: 10,
  /** Milliseconds of silence before a client is asked whether it is there. */
  keepaliveTimeMs: 1 * MINUTE,
  /** Milliseconds it has to answer. */
  keepaliveTimeoutMs: 10 * SECOND,
  /** Milliseconds without a call after which a connection is closed. */
  connectionIdleMs: 5 * MINUTE,
  /** Milliseconds after which a connection is closed, so that clients find new servers; grpc-js varies it by a tenth. */
  connectionAgeMs: 30 * MINUTE,
  /** Milliseconds that calls on a closed connection have to finish. */
  connectionAgeGraceMs: 70 * SECOND,
  /** Connections at once. */
  connections: 2000,
  /** Connections at once from one address, so that one client cannot take them all; each carries 100 calls. */
  connectionsPerAddress: 200,
  /** Milliseconds a new connection has to begin with HTTP/2: its preface and the head of its settings. */
  firstBytesMs: 5 * SECOND,
} as const

/** The HTTP port and the admin port. */
export const HTTP_LIMITS = {
  /** Bytes of a JSON body: base64 makes 256 KiB of protobuf up to 4/3 larger. */
  bodyBytes: 384 * KIB,
  /** Bytes of a request target. */
  urlBytes: 8 * KIB,
  /** Bytes that are kept of the URLs of the last reads, and what they stand for: who polls asks for the same again. */
  knownReadBytes: 8 * MIB,
  /** Bytes of all headers of a request. */
  headerBytes: 16 * KIB,
  /** Headers of a request. */
  headers: 100,
  /** JSON arrays and objects within each other. */
  jsonDepth: 20,
  /** Milliseconds a client has to send its headers, as Envoy at the edge. */
  headersTimeoutMs: 10 * SECOND,
  /** Milliseconds a client has to send its request. */
  requestTimeoutMs: 30 * SECOND,
  /** Milliseconds in which nothing moves on a connection whose answer waits to be read; then it is closed. */
  stallMs: 30 * SECOND,
  /** Requests of one connection that wait for the one before them; with more, the connection is closed. */
  pipelined: 64,
  /** Milliseconds that an idle connection is kept; longer than load balancers keep theirs. */
  keepAliveTimeoutMs: 75 * SECOND,
  /** Milliseconds between two looks for connections past their time. */
  checkIntervalMs: 5 * SECOND,
  /** Connections at once; not counted by address, for a proxy brings everybody's from one. */
  connections: 2000,
} as const

/** How the process stops. */
export const SHUTDOWN_LIMITS = {
  /** Milliseconds after SIGTERM in which the process still takes calls but is not ready: balancers need a probe or two to leave. */
  delayMs: 5 * SECOND,
  /** Milliseconds that calls in flight have to finish. */
  drainMs: 20 * SECOND,
  /** Milliseconds of these over which streams are ended, each at a random moment, so that not all come back elsewhere at once. */
  spreadMs: 10 * SECOND,
  /** Milliseconds that calls through `taskplane gateway` have to finish: streams of others do not end by themselves. */
  gatewayDrainMs: 5 * SECOND,
  /** Milliseconds after which the process ends whatever still runs. */
  hardStopMs: 30 * SECOND,
} as const

/** Logs: the one of the process and the audit log. */
export const LOG_LIMITS = {
  /** Bytes of lines that wait to be written; more are dropped and counted, for nobody may wait for a log. */
  queueBytes: 8 * MIB,
  /** Milliseconds after which a write that failed is tried again. */
  retryMs: 1 * SECOND,
  /** Milliseconds after which a pipe that is full is tried again. */
  fullPipeMs: 10,
  /** Attempts to write the last lines into a pipe when the process ends: with the time between them, a second. */
  flushAttempts: 100,
  /** Milliseconds of a call after which it is logged whatever it was. */
  slowMs: 1 * SECOND,
  /** Milliseconds of which refusals for want of room, and outages, are told in one line after the first, which counts them. */
  refusalsMs: 1 * SECOND,
  /** Service instances and reasons that are told apart in that time; those beyond are counted by reason. */
  refusalKinds: 100,
  /** Events that the audit log reads from the store at once. */
  auditEvents: 100,
  /** Events that the audit log may be behind; those beyond are dropped and counted. */
  auditBacklog: 100_000,
  /** Milliseconds that a stop waits for the audit log and for traces: with SHUTDOWN_LIMITS.delayMs and drainMs less than hardStopMs. */
  drainMs: 2 * SECOND,
} as const

/** What `taskplane doctor` warns of. */
export const DOCTOR_LIMITS = {
  /** Milliseconds that one check may take. */
  checkMs: 5 * SECOND,
  /** Milliseconds that the clocks of server and client may differ: beyond, deadlines and tokens end at the wrong time. */
  skewMs: 5 * SECOND,
  /** Milliseconds that a certificate is valid at least: three weeks are enough to renew it by hand. */
  certificateMs: 21 * 24 * HOUR,
  /** Milliseconds of a readiness check, which writes to the store: a slower disk makes every write slow. */
  readyMs: 250,
  /** Bytes that are free on the disk of the store: a day of many writes, and its copy in a backup. */
  diskBytes: 1024 * MIB,
  /** Bytes of the log beside the file of the store, which is folded in at some 16 MB. */
  logBytes: 256 * MIB,
  /** Files that the server may open: its connections on all ports, and its store. */
  openFiles: 6144,
} as const

/** The processes of a server that has several. */
export const WORKER_LIMITS = {
  /** Workers at most: more than the cores of most machines. */
  workers: 64,
  /** Milliseconds from the start of a worker to that of the one that replaces it, at least: one that cannot live must not keep a core busy. */
  restartMs: 1 * SECOND,
  /** Milliseconds without a word after which a worker is ended and replaced; it is asked every PROBE_LIMITS.healthIntervalMs. */
  silentMs: 30 * SECOND,
  /** Milliseconds that a scrape waits for the metrics of a worker; then its last ones count. */
  metricsMs: 1 * SECOND,
} as const

/** Probes of the admin port. */
export const PROBE_LIMITS = {
  /** Milliseconds that a readiness check may take; probes of Kubernetes wait one second by default. */
  checkMs: 900,
  /** Milliseconds between two looks at the store for the health service of gRPC. */
  healthIntervalMs: 5 * SECOND,
} as const

/** When the heap runs full: what V8 may use is set by `--max-old-space-size`. */
export const MEMORY_LIMITS = {
  /** Percent of the heap in use from which no call that waits or watches is taken: those hold memory longest. */
  shedPercent: 85,
  /** Percent of the heap in use from which no call is taken; health and probes are answered. */
  refusePercent: 95,
  /** Milliseconds between two looks. */
  checkMs: 250,
} as const

/** Tokens that callers show, and the keys that they are checked with. */
export const JWT_LIMITS = {
  /** Bytes of a token: with it the headers of a request stay well under the 16 KiB that they may have. */
  tokenBytes: 8 * KIB,
  /** Milliseconds that the clocks of those who sign and of this server may differ. */
  skewMs: 30 * SECOND,
  /** Milliseconds from `iat` to `exp`: nothing else ends a token that got lost. */
  lifeMs: 24 * HOUR,
  /** Milliseconds that the keys of an identity provider are used before they are fetched again. */
  keysFreshMs: 10 * MINUTE,
  /** Milliseconds between two attempts to fetch keys, whatever key ids callers name. */
  keysCooldownMs: 30 * SECOND,
  /** Milliseconds that one attempt may take, discovery included. */
  keysTimeoutMs: 5 * SECOND,
  /** Milliseconds that keys are used while no newer ones can be had. */
  keysStaleMs: 24 * HOUR,
  /** Bytes of what an identity provider answers. */
  keysBytes: 256 * KIB,
  /** Milliseconds that a token is not checked again: how much longer one counts whose key or grants were taken back. */
  rememberMs: 10 * SECOND,
  /** Tokens that are not checked again. */
  remembered: 1000,
  /** Tokens that are checked at once, those that are not checked again aside: as many as calls that read. */
  checks: 400,
} as const

/** TLS on every port. */
export const TLS_LIMITS = {
  /** Milliseconds that a handshake may take. */
  handshakeMs: 5 * SECOND,
  /** Milliseconds between two looks at the files of certificates, keys and access. */
  reloadMs: 10 * SECOND,
} as const
