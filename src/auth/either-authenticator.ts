// Callers who may show a token or a client certificate.
import type { Soon } from '../base/soon.js'
import type { Caller } from '../task/caller.js'
import type { Authenticator, Credentials } from './authenticator.js'

/**
 * Goes by the token of a call that has an Authorization header, and by the certificate of its connection otherwise: a token
 * that is refused is not made good by a certificate.
 */
export class EitherAuthenticator implements Authenticator {
  private readonly tokens: Authenticator
  private readonly certificates: Authenticator

  constructor(tokens: Authenticator, certificates: Authenticator) {
    this.tokens = tokens
    this.certificates = certificates
  }

  authenticate(credentials: Credentials): Soon<Caller> {
    const by = credentials.authorization.length > 0 ? this.tokens : this.certificates
    return by.authenticate(credentials)
  }
}
