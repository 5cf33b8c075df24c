// The options of how a command connects, and of who calls.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import type { ConnectionOptions } from '../client/connection.js'

/** What they were given. */
export interface CredentialOptions {
  readonly token?: string
  readonly tokenFile?: string
  readonly tls?: true
  readonly tlsCa?: string
  readonly clientCert?: string
  readonly clientKey?: string
}

/** Adds the options to a command. */
export function withCredentials(command: Command): Command {
  return command
    .addOption(new Option('--token <token>', 'a bearer token; others on this machine can see it here').env('TASKPLANE_TOKEN'))
    .addOption(new Option('--token-file <path>', 'a file with a bearer token, read for each call').env('TASKPLANE_TOKEN_FILE'))
    .addOption(new Option('--tls', 'connect with TLS; so does any of the following'))
    .addOption(new Option('--tls-ca <path>', 'whose server certificates are trusted (PEM)').env('TASKPLANE_TLS_CA'))
    .addOption(new Option('--client-cert <path>', 'a client certificate (PEM)').env('TASKPLANE_CLIENT_CERT'))
    .addOption(new Option('--client-key <path>', 'its private key (PEM)').env('TASKPLANE_CLIENT_KEY'))
}

/** What the options say of the connection. Throws an Error when a file cannot be read, or options do not go together. */
export function connectionOf({ token, tokenFile, tls, tlsCa, clientCert, clientKey }: CredentialOptions): ConnectionOptions {
  if ((clientCert === undefined) !== (clientKey === undefined)) throw new Error('--client-cert and --client-key go together')
  if (token !== undefined && tokenFile !== undefined) throw new Error('--token and --token-file are both given')
  const certificate =
    clientCert === undefined || clientKey === undefined ? undefined : { chain: readFileSync(clientCert), key: readFileSync(clientKey) }
  const ca = tlsCa === undefined ? undefined : readFileSync(tlsCa)
  const usesTls = tls ?? (ca ?? certificate) !== undefined
  return { token: tokenFile === undefined ? token : () => readToken(tokenFile), tls: usesTls ? { ca, certificate } : undefined }
}

async function readToken(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim()
}
