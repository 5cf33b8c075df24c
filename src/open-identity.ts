// From the settings of who may call to what asks callers, and to the TLS of the ports: opened once, renewed from files.
import type { SecureContextOptions } from 'node:tls'
import { NO_ACCESS, readAccessFile, type AccessTable } from './auth/access-file.js'
import { anonymousAuthenticator } from './auth/anonymous.js'
import type { Authenticator } from './auth/authenticator.js'
import { BoundedAuthenticator } from './auth/bounded-authenticator.js'
import { CertificateAuthenticator } from './auth/certificate-authenticator.js'
import { EitherAuthenticator } from './auth/either-authenticator.js'
import { FileWatch, type FileSource } from './auth/file-watch.js'
import { JwtAuthenticator } from './auth/jwt-authenticator.js'
import type { JwtSettings } from './auth/jwt-settings.js'
import { keyFetch } from './auth/key-fetch.js'
import { RememberedTokens } from './auth/remembered-tokens.js'
import { RemoteKeys } from './auth/remote-keys.js'
import { makeSecureContext, ServerTls } from './auth/server-tls.js'
import { readKeySet, type SigningKeys } from './auth/signing-keys.js'
import { SETTINGS } from './config.js'
import type { IdentityConfig, TlsFiles } from './config/read-identity.js'
import { JWT_LIMITS, TLS_LIMITS } from './limits.js'

/** What tells who calls, and secures how they do. */
export interface Identity {
  readonly authenticator: Authenticator
  /** For the ports that ask who calls; undefined: no TLS. */
  readonly callerTls: ServerTls | undefined
  /** For the port of probes, which show no certificates. */
  readonly probeTls: ServerTls | undefined
  /** Looks now whether the files have changed; without it that happens every TLS_LIMITS.reloadMs. */
  reload(): Promise<void>
  close(): void
}

/** Opens everything. What cannot be had goes to `faults`, by its settings; then the identity is of no use. */
export function openIdentity(config: IdentityConfig, onFault: (error: unknown) => void, faults: string[]): Identity {
  return new OpenedIdentity(config, onFault, faults)
}

class OpenedIdentity implements Identity {
  readonly authenticator: Authenticator
  readonly callerTls: ServerTls | undefined
  readonly probeTls: ServerTls | undefined
  private readonly onFault: (error: unknown) => void
  private readonly faults: string[]
  private readonly watches: Pick<FileWatch<never>, 'look'>[] = []
  private readonly timer: NodeJS.Timeout

  constructor(config: IdentityConfig, onFault: (error: unknown) => void, faults: string[]) {
    this.onFault = onFault
    this.faults = faults
    const { jwt, mtls, accessFile, tls } = config
    const files = tls && this.tlsFiles(tls)
    this.callerTls = files && new ServerTls(files, clientCertificates(config))
    this.probeTls = files && new ServerTls(files, 'none')
    const table = accessFile === undefined ? undefined : this.accessTable(accessFile)
    const access = (): AccessTable => table?.value ?? NO_ACCESS
    const tokens = jwt && new RememberedTokens(new BoundedAuthenticator(new JwtAuthenticator(jwt, this.keys(jwt), access)), JWT_LIMITS)
    const certificates = mtls ? new CertificateAuthenticator(access) : undefined
    this.authenticator =
      tokens && certificates ? new EitherAuthenticator(tokens, certificates) : (tokens ?? certificates ?? anonymousAuthenticator)
    this.timer = setInterval(() => void this.reload(), TLS_LIMITS.reloadMs)
  }

  async reload(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.look()))
  }

  close(): void {
    clearInterval(this.timer)
  }

  private tlsFiles({ cert, key, clientCa }: TlsFiles): FileWatch<SecureContextOptions> | undefined {
    const paths = [cert, key, ...(clientCa === undefined ? [] : [clientCa])]
    return this.watch([SETTINGS.tlsCert, SETTINGS.tlsKey, SETTINGS.tlsClientCa].slice(0, paths.length), { paths, make: makeSecureContext })
  }

  private accessTable(path: string): FileWatch<AccessTable> | undefined {
    return this.watch([SETTINGS.accessFile], { paths: [path], make: ([text]) => readAccessFile(String(text)) })
  }

  private keys({ issuer, keys }: JwtSettings): SigningKeys {
    if (keys.kind !== 'file') {
      const remote = new RemoteKeys(keyFetch(issuer, keys), JWT_LIMITS, this.onFault)
      void remote.warmUp()
      return remote
    }
    const watch = this.watch([SETTINGS.jwtKeysFile], { paths: [keys.path], make: ([text]) => readKeySet(String(text)) })
    return {
      find: (...token) => {
        if (watch === undefined) throw new Error('There are no keys')
        return watch.value(...token)
      },
    }
  }

  private watch<T>(
    settings: readonly { readonly flag: string; readonly variable: string }[],
    { paths, make }: Pick<FileSource<T>, 'paths' | 'make'>,
  ): FileWatch<T> | undefined {
    const names = settings.map(({ flag, variable }, index) => `--${flag} (${variable}) ${paths[index] ?? ''}`).join(', ')
    const failure = (error: unknown): string => `Cannot use ${names}: ${(error as Error).message}`
    try {
      const onFault = (error: unknown): void => this.onFault(new Error(failure(error), { cause: error }))
      const watch = new FileWatch({ paths, make, onFault })
      this.watches.push(watch)
      return watch
    } catch (error) {
      this.faults.push(failure(error))
      return undefined
    }
  }
}

function clientCertificates({ jwt, mtls }: IdentityConfig): 'none' | 'optional' | 'required' {
  if (!mtls) return 'none'
  return jwt === undefined ? 'required' : 'optional'
}
