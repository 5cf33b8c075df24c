// The audit log: who changed which task how, and who was denied what.
import { openSync } from 'node:fs'
import { Counter, type Registry } from 'prom-client'
import type { CallRecord } from '../api/call-observer.js'
import type { CommittedEvents } from '../task/store-watch.js'
import type { TaskStore } from '../task/task-store.js'
import { callLine, taskLine } from './audit-line.js'
import { AuditTrail } from './audit-trail.js'
import { LineFile, type LineOutput } from './line-file.js'
import { addSampledGauge } from './sampled-gauge.js'

/** A change that leaves no event of a task. */
const SET_POLICY = 'openshift.v1.TaskProducerService/SetRetentionPolicy'

/** Where the lines go: a file, or the standard output of the process. */
export type AuditTarget = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdout' }

/** Where a process sends its lines: to a target, or to another process that has one. */
export type AuditOutput = AuditTarget | { readonly kind: 'forwarded'; readonly output: LineOutput }

/** What an audit log needs. */
export interface AuditParts {
  readonly registry: Registry
  /** The log of the process, which shares its output. */
  readonly stdout: LineOutput
  /** Hears of the first line that is lost, and of writes that fail. */
  readonly onFault: (error: Error) => void
}

/** Writes the audit log. */
export class AuditLog {
  private readonly output: LineOutput
  private readonly lines: Counter<'event'>
  private readonly lost: Counter
  private readonly onFault: (error: Error) => void
  private isLosing = false
  private trail: AuditTrail | undefined

  /** Throws when the file cannot be opened for appending. */
  constructor(target: AuditOutput, { registry, stdout, onFault }: AuditParts) {
    const registers = [registry]
    this.onFault = onFault
    this.output = this.openOutput(target, stdout)
    this.lines = new Counter({ name: 'taskplane_audit_lines_total', help: 'Lines of the audit log, by what they say', labelNames: ['event'], registers })
    this.lost = new Counter({ name: 'taskplane_audit_lines_lost_total', help: 'Lines that the audit log lacks', registers })
    addSampledGauge(registry, 'taskplane_audit_backlog', 'Events that are committed and not in the audit log yet', () => this.trail?.backlog ?? 0)
  }

  /** Writes what `store` commits from now on, as `committed` tells of it. */
  follow(store: TaskStore): void {
    this.trail = new AuditTrail(store, {
      onEvent: (instance, event, callId) => this.write('task', taskLine(instance, event, callId)),
      onLost: (events) => this.lose(events),
      onFailure: (error) => this.onFault(new Error('The audit log cannot read the history', { cause: error })),
    })
  }

  committed(events: readonly CommittedEvents[]): void {
    this.trail?.add(events)
  }

  called(record: CallRecord): void {
    if (record.isDenied) this.write('denied', callLine('denied', record))
    else if (record.operation.name === SET_POLICY && record.code === 0) this.write('policy', callLine('policy', record))
  }

  /** Takes a line of another process, which has counted it. */
  take(line: string): void {
    this.output.write(line)
  }

  /** Resolves when what has happened is written, or writing fails. */
  async drained(): Promise<void> {
    await this.trail?.drained()
    await this.output.drained()
  }

  private openOutput(target: AuditOutput, stdout: LineOutput): LineOutput {
    switch (target.kind) {
      case 'stdout':
        return stdout
      case 'file':
        return this.openFile(target.path)
      case 'forwarded':
        return target.output
    }
  }

  private openFile(path: string): LineFile {
    const open = (): number => openSync(path, 'a', OWNER_AND_GROUP)
    const file = new LineFile(open, {
      onFailure: (error) => this.onFault(new Error('The audit log cannot be written', { cause: error })),
      onDrop: (lines) => this.lose(lines),
    })
    process.on('SIGHUP', () => file.reopen())
    process.once('exit', () => file.flushSync())
    return file
  }

  private write(event: 'task' | 'denied' | 'policy', line: string): void {
    this.isLosing = false
    this.lines.inc({ event })
    this.output.write(line)
  }

  private lose(lines: number): void {
    this.lost.inc(lines)
    if (!this.isLosing) this.onFault(new Error('The audit log loses lines'))
    this.isLosing = true
  }
}

const OWNER_AND_GROUP = 0o640
