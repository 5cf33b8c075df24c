// The options that every command of the client has.
import { Command, Option } from 'commander'
import { TaskplaneClient } from '../client/taskplane-client.js'
import { connectionOf, withCredentials, type CredentialOptions } from './connection-options.js'

/** Where the server is, whose tasks are meant, and how to print them. */
export interface ClientOptions extends CredentialOptions {
  readonly grpcAddress: string
  readonly instance: string
  readonly output: 'table' | 'json'
}

/** A command with the options of the client. */
export function clientCommand(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .addOption(
      new Option('--grpc-address <host:port>', 'where the server is').env('TASKPLANE_GRPC_ADDRESS').default('127.0.0.1:50051'),
    )
    .addOption(
      new Option('--instance <id>', 'the service instance (vDC)').env('TASKPLANE_INSTANCE').makeOptionMandatory(),
    )
  return withCredentials(command)
}

/** Adds `--output`. */
export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <form>', 'how to print').choices(['table', 'json']).default('table'),
  )
}

/** Runs `work` with a client that is closed afterwards. */
export async function withClient<T>(
  options: Pick<ClientOptions, 'grpcAddress'> & CredentialOptions,
  work: (client: TaskplaneClient) => Promise<T>,
): Promise<T> {
  const client = new TaskplaneClient(options.grpcAddress, connectionOf(options))
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

/** Gathers an option that can be given many times: `--label env=prod --label zone=a`. */
export function collectLabel(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--label ${text}: expected KEY=VALUE`)
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}
