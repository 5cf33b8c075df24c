// The settings of what operators see: the log, the audit log, traces.
import type { Setting } from './setting.js'

/** By their names in the configuration. */
export const SIGHT_SETTINGS = {
  logFormat: {
    flag: 'log-format',
    variable: 'TASKPLANE_LOG_FORMAT',
    form: 'form',
    fallback: 'auto',
    description: 'how the log looks: json, text, or auto, which is text on a terminal and JSON elsewhere',
  },
  logLevel: {
    flag: 'log-level',
    variable: 'TASKPLANE_LOG_LEVEL',
    form: 'level',
    fallback: 'info',
    description: 'what is logged: debug (every call), info (writes, slow calls), warn (denied calls, overload, outages), error (faults)',
  },
  audit: {
    flag: 'audit-log',
    variable: 'TASKPLANE_AUDIT_LOG',
    form: 'path',
    fallback: 'none',
    description: 'where changes of tasks and denied calls are recorded: a file (opened anew on SIGHUP), - for standard output, none',
  },
  trace: {
    flag: 'trace',
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    form: 'url',
    fallback: '',
    description: 'where OpenTelemetry traces are sent, over OTLP/HTTP, such as http://127.0.0.1:4318; nowhere when empty',
  },
} as const satisfies Readonly<Record<string, Setting>>
