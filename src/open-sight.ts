// What operators see of a process, by its settings.
import { SETTINGS } from './config.js'
import type { SightConfig } from './config/read-sight.js'
import type { AuditOutput } from './sight/audit-log.js'
import type { ProcessLog } from './sight/process-log.js'
import { Sight, type SightParts } from './sight/sight.js'
import type { Tracing } from './sight/tracing.js'

/** Who is to be seen, and how. */
export interface SightSettings {
  readonly log: ProcessLog
  /** Of the program. */
  readonly version: string
  /** Undefined: no audit log. */
  readonly audit: AuditOutput | undefined
  /** Undefined: no traces. */
  readonly trace: SightConfig['trace']
}

/** Rejects with an Error that names the setting when the audit log cannot be opened. */
export async function openSight({ log, version, audit, trace }: SightSettings): Promise<Sight> {
  const tracing = trace === undefined ? undefined : await openTracing(trace, version)
  return withAudit({ ...log, version, audit, tracing })
}

function withAudit(parts: SightParts): Sight {
  try {
    return new Sight(parts)
  } catch (cause) {
    const { flag, variable } = SETTINGS.audit
    const path = parts.audit?.kind === 'file' ? parts.audit.path : '-'
    throw new Error(`Cannot start:\n  Cannot open --${flag} (${variable}) ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Loaded only when it is asked for: it takes as long as everything else together. */
async function openTracing(endpoint: string, version: string): Promise<Tracing> {
  const { startTracing } = await import('./sight/tracing.js')
  return startTracing(endpoint, version)
}
