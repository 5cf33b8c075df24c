// What came with a call under grpc-js that may tell whom it is from.
import { X509Certificate } from 'node:crypto'
import type { Metadata } from '@grpc/grpc-js'
import type { Credentials } from '../auth/authenticator.js'

/** What is used of a call of grpc-js. */
interface AuthenticatedCall {
  readonly metadata: Metadata
  /** Has a certificate only when TLS has verified it. */
  getAuthContext(): { readonly sslPeerCertificate?: { readonly raw: Buffer } | undefined }
}

/** The credentials of a call, looked for when they are asked for. Of several `authorization` headers Node gives the first only. */
export class CallCredentials implements Credentials {
  private readonly call: AuthenticatedCall

  constructor(call: AuthenticatedCall) {
    this.call = call
  }

  get authorization(): readonly string[] {
    return this.call.metadata.get('authorization').map(String)
  }

  certificate(): X509Certificate | undefined {
    const raw = this.call.getAuthContext().sslPeerCertificate?.raw
    return raw === undefined ? undefined : new X509Certificate(raw)
  }
}
