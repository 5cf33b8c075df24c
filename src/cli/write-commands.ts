// `taskplane create`, `start`, `complete`, `fail` and `delete`: a task recorded by hand.
import { randomUUID } from 'node:crypto'
import { Option, type Command } from 'commander'
import structPackage from 'google-protobuf/google/protobuf/struct_pb.js'
import type { Any } from '../../gen/google/protobuf/any.js'
import { Code, codeToNumber } from '../../gen/google/rpc/code.js'
import { Task, Task_Outcome, TaskResource } from '../../gen/openshift/v1/task.js'
import { CallError } from '../client/call-error.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { clientCommand, collectLabel, withClient, withOutput, type ClientOptions } from './client-options.js'
import { printTask } from './print-task.js'

interface CreateOptions extends ClientOptions {
  readonly command: string
  readonly summary: string
  readonly description: string
  readonly service: string
  readonly createdBy: string
  readonly label: Record<string, string>
  readonly metadata?: Any
  readonly resourceId: string
  readonly resourceType: string
  readonly requestId: string
}

/** Records a task. */
export function createCommand(): Command {
  return withOutput(clientCommand('create', 'record a task, PENDING'))
    .requiredOption('--command <word>', 'kind of work, such as cluster.create')
    .option('--summary <text>', 'one line for people', '')
    .option('--description <text>', 'more for people', '')
    .option('--service <word>', 'the service that does the work', '')
    .option('--created-by <name>', 'on whose behalf the work is done', '')
    .option('--label <key=value>', 'a label; can be repeated', collectLabel, {})
    .option('--metadata <json>', 'what the work acts on: a JSON object, kept as google.protobuf.Struct', readStruct)
    .option('--resource-id <id>', 'the thing that work is done to', '')
    .option('--resource-type <word>', 'its type', '')
    .option('--request-id <id>', 'makes the call safe to repeat', '')
    .action(async (options: CreateOptions) => {
      const task = Task.create({ ...options, labels: options.label, resource: resourceOf(options) })
      const requestId = options.requestId === '' ? randomUUID() : options.requestId
      const request = { serviceInstanceId: options.instance, task, requestId }
      printTask(await withClient(options, (client) => client.create(request)), options.output)
    })
}

/** Says that the work has begun. */
export function startCommand(): Command {
  return taskCommand('start', 'say that the work has begun', (client, key) => client.start(key))
}

/** Ends a task well. A task that was never started is started first: by hand, the two are one. */
export function completeCommand(): Command {
  const outcome = new Option('--outcome <word>', 'how well it went').choices(['CLEAN', 'WARNING', 'PARTIAL']).default('CLEAN')
  return taskCommand<{ outcome: Task_Outcome; response?: Any }>(
    'complete',
    'end a task well',
    async (client, key, options) => {
      await startIfPending(client, key)
      const { outcome, response } = options
      return client.complete({ ...key, outcome, response, statusDetails: [] })
    },
  )
    .addOption(outcome)
    .option('--response <json>', 'the result: a JSON object, kept as google.protobuf.Struct', readStruct)
}

/** Ends a task badly. */
export function failCommand(): Command {
  const names = Object.values(Code).filter((name) => name !== 'OK' && name !== 'UNRECOGNIZED')
  return taskCommand<{ message: string; code: Code }>('fail', 'end a task badly', (client, key, { message, code }) =>
    client.fail({ ...key, error: { code: codeToNumber(code), message, details: [] }, statusDetails: [] }),
  )
    .requiredOption('--message <text>', 'why')
    .addOption(new Option('--code <word>', 'a google.rpc.Code').choices(names).default('UNKNOWN'))
}

/** Deletes a task that is not live. */
export function deleteCommand(): Command {
  return clientCommand('delete', 'delete a task that is PENDING or has ended')
    .argument('<task-id>')
    .action(async (taskId: string, options: ClientOptions) => {
      await withClient(options, (client) => client.delete({ serviceInstanceId: options.instance, taskId, etag: '' }))
    })
}

type TaskAction<Options> = (client: TaskplaneClient, key: KeyFields, options: Options) => Promise<Task>

/** Names a task in a request, without a condition. */
interface KeyFields {
  readonly serviceInstanceId: string
  readonly taskId: string
  readonly etag: string
}

/** A command on one task, with the options of its own that `run` reads. */
function taskCommand<Options>(name: string, description: string, run: TaskAction<Options>): Command {
  return withOutput(clientCommand(name, description))
    .argument('<task-id>')
    .action(async (taskId: string, options: ClientOptions & Options) => {
      const key = { serviceInstanceId: options.instance, taskId, etag: '' }
      printTask(await withClient(options, (client) => run(client, key, options)), options.output)
    })
}

async function startIfPending(client: TaskplaneClient, key: KeyFields): Promise<void> {
  try {
    await client.start(key)
  } catch (error) {
    if (!(error instanceof CallError && error.reason === 'STATUS_NOT_ALLOWED')) throw error
  }
}

function resourceOf({ resourceId, resourceType }: CreateOptions): TaskResource | undefined {
  if (resourceId === '' && resourceType === '') return undefined
  return TaskResource.create({ id: resourceId, type: resourceType })
}

function readStruct(text: string): Any {
  const value: unknown = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${text}: expected a JSON object`)
  const struct = structPackage.Struct.fromJavaScript(value as Record<string, structPackage.JavaScriptValue>)
  return { typeUrl: 'type.googleapis.com/google.protobuf.Struct', value: Buffer.from(struct.serializeBinary()) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${text}: expected JSON`, { cause })
  }
}
