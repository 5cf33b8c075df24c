// Limits of the process: how it stops, what it logs, how it is looked at, how much memory it may have.
import { HOUR, MIB, SECOND } from '../base/units.js'

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
  /** Bytes of the log beside the file of the store, which is folded in at some 4 MB. */
  logBytes: 256 * MIB,
  /** Files that the server may open: its connections on all ports, and its store. */
  openFiles: 6144,
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
