// How a client connects, and how it says who it is.
import { CallCredentials, ChannelCredentials, InterceptingCall, Metadata, type Interceptor } from '@grpc/grpc-js'

/** A bearer token, or what gives one for each call: tokens end, and are renewed. */
export type TokenSource = string | (() => string | Promise<string>)

/** TLS, as PEM. */
export interface ClientTls {
  /** Whose certificates are trusted. Default: the authorities that Node trusts. */
  readonly ca?: Buffer | undefined
  /** The certificate of the client, for servers that ask for one, and its key. */
  readonly certificate?: { readonly chain: Buffer; readonly key: Buffer } | undefined
}

/** How to connect. */
export interface ConnectionOptions {
  /** Sent with every call; without TLS, whoever listens on the way can use it. */
  readonly token?: TokenSource | undefined
  /** Default: no TLS. */
  readonly tls?: ClientTls | undefined
}

/** What secures the connections of a client. */
export function channelCredentials({ tls }: ConnectionOptions): ChannelCredentials {
  if (tls === undefined) return ChannelCredentials.createInsecure()
  const { ca = null, certificate } = tls
  return ChannelCredentials.createSsl(ca, certificate?.key ?? null, certificate?.chain ?? null)
}

/** Adds the token to every call. One that cannot be had ends the call with UNKNOWN, which can pass, and says why. */
export function interceptors({ token }: ConnectionOptions): Interceptor[] {
  if (token === undefined) return []
  const credentials = CallCredentials.createFromMetadataGenerator((_options, done) => {
    Promise.resolve(token)
      .then((source) => (typeof source === 'string' ? source : source()))
      .then(
        (text) => done(null, bearer(text)),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      )
  })
  return [(options, nextCall) => new InterceptingCall(nextCall({ ...options, credentials }))]
}

function bearer(token: string): Metadata {
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  return metadata
}
