// What is recorded of a process: when it is made a task, once it runs, and when it ends.
import { hostname } from 'node:os'
import type { Any } from '../../gen/google/protobuf/any.js'
import { ErrorInfo } from '../../gen/google/rpc/error_details.js'
import { ProcessMetadata, ProcessResult } from '../../gen/taskplane/run/v1/process.js'
import { packAny } from '../base/any.js'
import { WorkFailed } from '../client/task-producer.js'
import type { ProcessEnd } from './child-process.js'
import { redactArguments } from './redact-arguments.js'

/** A program and its arguments. */
export interface ProgramCall {
  readonly program: string
  readonly arguments: readonly string[]
}

const ERROR_DOMAIN = 'taskplane.run'

/** Metadata of the task; `pid` is 0 as long as the program does not run. */
export function metadataOf({ program, arguments: args }: ProgramCall, pid = 0): Any {
  return packAny(ProcessMetadata, { program, arguments: redactArguments(args), host: hostname(), processId: pid })
}

/** Response of the task of a program that ended well. */
export function resultOf({ exitCode, signal, durationMs }: ProcessEnd): Any {
  const seconds = Math.floor(durationMs / 1000)
  const duration = { seconds: BigInt(seconds), nanos: Math.floor((durationMs - seconds * 1000) * 1_000_000) }
  return packAny(ProcessResult, { exitCode, signal: signal ?? '', duration })
}

/** Error of the task of a program that ended badly. */
export function failureOf({ program }: ProgramCall, end: ProcessEnd): WorkFailed {
  const { exitCode, signal } = end
  if (signal === undefined) {
    const info = { reason: 'PROCESS_EXITED', domain: ERROR_DOMAIN, metadata: { exitCode: String(exitCode) } }
    return new WorkFailed('UNKNOWN', `${program} exited with code ${exitCode ?? ''}`, [packAny(ErrorInfo, info), resultOf(end)])
  }
  const info = { reason: 'PROCESS_SIGNALLED', domain: ERROR_DOMAIN, metadata: { signal } }
  return new WorkFailed('ABORTED', `${program} was ended by ${signal}`, [packAny(ErrorInfo, info), resultOf(end)])
}

/** Error of the task of a program that could not be started. */
export function startFailureOf({ program }: ProgramCall, error: NodeJS.ErrnoException): WorkFailed {
  const { code = '', message } = error
  const info = { reason: 'PROCESS_NOT_STARTED', domain: ERROR_DOMAIN, metadata: { errno: code } }
  const what = `${program} could not be started: ${code === '' ? message : code}`
  return new WorkFailed(code === 'ENOENT' ? 'NOT_FOUND' : 'FAILED_PRECONDITION', what, [packAny(ErrorInfo, info)])
}
