// `taskplane cancel`, `pause` and `resume`: what a caller asks of the producer.
import type { Command } from 'commander'
import type { Task } from '../../gen/openshift/v1/task.js'
import type { TaskplaneClient } from '../client/taskplane-client.js'
import { clientCommand, withClient, withOutput, type ClientOptions } from './client-options.js'
import { printTask } from './print-task.js'

interface ControlOptions extends ClientOptions {
  readonly reason: string
}

/** What a command asks for. */
interface Control {
  readonly serviceInstanceId: string
  readonly taskId: string
  readonly reason: string
}

export function cancelCommand(): Command {
  return controlCommand('cancel', 'ask for a task to be cancelled', (client, control) => client.cancel(control))
}

export function pauseCommand(): Command {
  return controlCommand('pause', 'ask for a task to be paused', (client, control) => client.pause(control))
}

export function resumeCommand(): Command {
  return controlCommand('resume', 'resume a task that is paused', (client, control) => client.resume(control))
}

function controlCommand(
  name: string,
  description: string,
  ask: (client: TaskplaneClient, control: Control) => Promise<Task>,
): Command {
  return withOutput(clientCommand(name, description))
    .argument('<task-id>')
    .option('--reason <text>', 'why, for whoever reads the history', '')
    .action(async (taskId: string, options: ControlOptions) => {
      const control = { serviceInstanceId: options.instance, taskId, reason: options.reason }
      printTask(await withClient(options, (client) => ask(client, control)), options.output)
    })
}
