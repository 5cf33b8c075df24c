// The TLS of `taskplane gateway`: of its port, renewed from its files while connections stay, and of its channel to the server.
import { readFileSync } from 'node:fs'
import { ChannelCredentials } from '@grpc/grpc-js'
import { FileWatch } from './auth/file-watch.js'
import { makeSecureContext, ServerTls } from './auth/server-tls.js'
import { TLS_LIMITS } from './limits.js'

/** What the command line says of TLS. */
export interface GatewayTlsOptions {
  /** Paths of PEM files; '' for none. */
  readonly tlsCert: string
  readonly tlsKey: string
  readonly upstreamTls?: true
  readonly upstreamCa?: string
}

/** The TLS of a port. */
export interface PortTls {
  readonly tls: ServerTls
  /** Looks now whether the files have changed; without it that happens every TLS_LIMITS.reloadMs. */
  reload(): Promise<void>
}

/** Undefined for no TLS. Throws an Error that names the options when the files are of no use. */
export function openPortTls({ tlsCert: cert, tlsKey: key }: GatewayTlsOptions, onFault: (error: unknown) => void): PortTls | undefined {
  if (cert === '' && key === '') return undefined
  if (cert === '' || key === '') throw new Error('Cannot start: --tls-cert and --tls-key go together')
  const failure = (cause: unknown): Error => new Error(`Cannot use --tls-cert ${cert}, --tls-key ${key}: ${(cause as Error).message}`, { cause })
  try {
    const files = new FileWatch({ paths: [cert, key], make: makeSecureContext, onFault: (error) => onFault(failure(error)) })
    const reload = (): Promise<void> => files.look()
    setInterval(() => void reload(), TLS_LIMITS.reloadMs).unref()
    return { tls: new ServerTls(files, 'none'), reload }
  } catch (error) {
    throw failure(error)
  }
}

/** What secures the channel. Throws an Error when the file cannot be read. */
export function upstreamCredentials({ upstreamTls, upstreamCa }: GatewayTlsOptions): ChannelCredentials {
  if (upstreamCa !== undefined) return ChannelCredentials.createSsl(readFileSync(upstreamCa))
  return upstreamTls === true ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure()
}
