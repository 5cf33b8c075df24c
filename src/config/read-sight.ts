// Reads the settings of what operators see.
import type { AuditTarget } from '../sight/audit-log.js'
import { LOG_FORMATS, LOG_LEVELS, type LogConfig } from '../sight/process-log.js'
import { faultOf } from './setting.js'
import { SIGHT_SETTINGS as SETTINGS } from './sight-settings.js'

/** What a server is to be seen by. */
export interface SightConfig {
  readonly log: LogConfig
  /** Undefined: no audit log. */
  readonly audit: AuditTarget | undefined
  /** Base URL of an OTLP/HTTP receiver; undefined: no traces. */
  readonly trace: string | undefined
}

type Texts = Readonly<Record<keyof typeof SETTINGS, string>>

/** Reads them; faults go to `faults`. */
export function readSight(texts: Texts, faults: string[]): SightConfig {
  const choice = <Choice extends string>(name: 'logFormat' | 'logLevel', choices: readonly Choice[]): Choice => {
    const chosen = choices.find((known) => known === texts[name])
    if (chosen === undefined) faults.push(faultOf(SETTINGS[name], texts[name], `one of ${choices.join(', ')}`))
    return chosen ?? (SETTINGS[name].fallback as Choice)
  }
  return {
    log: { format: choice('logFormat', LOG_FORMATS), level: choice('logLevel', LOG_LEVELS) },
    audit: readAudit(texts.audit, faults),
    trace: readTrace(texts.trace, faults),
  }
}

function readAudit(text: string, faults: string[]): AuditTarget | undefined {
  if (text === '' || text.includes('\0')) faults.push(faultOf(SETTINGS.audit, text, 'the path of a file, -, or none'))
  if (text === 'none') return undefined
  return text === '-' ? { kind: 'stdout' } : { kind: 'file', path: text }
}

function readTrace(text: string, faults: string[]): string | undefined {
  if (text === '') return undefined
  const isUrl = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
  if (!isUrl) faults.push(faultOf(SETTINGS.trace, text, 'the URL of a receiver, such as http://127.0.0.1:4318'))
  return text
}
