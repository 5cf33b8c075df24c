// Callers who show a client certificate, which TLS has verified.
import type { X509Certificate } from 'node:crypto'
import { TASK_LIMITS } from '../limits.js'
import { Grants, type Caller } from '../task/caller.js'
import type { AccessTable } from './access-file.js'
import { notAuthenticated, type Authenticator, type Credentials } from './authenticator.js'
import { certificateNames } from './certificate-names.js'

/** Knows callers by the names in their certificates. */
export class CertificateAuthenticator implements Authenticator {
  private readonly access: () => AccessTable

  constructor(access: () => AccessTable) {
    this.access = access
  }

  /** A caller has what any of its names is granted, and is called by the first of those. */
  authenticate(credentials: Credentials): Caller {
    try {
      return this.callerOf(credentials.certificate())
    } catch (error) {
      throw notAuthenticated(error)
    }
  }

  private callerOf(certificate: X509Certificate | undefined): Caller {
    if (certificate === undefined) throw new Error('there is no client certificate')
    const expiresAt = Date.parse(certificate.validTo)
    // It may have been valid when the connection was made.
    if (!(expiresAt > Date.now())) throw new Error('the client certificate has expired')
    const names = certificateNames(certificate)
    const { certificates } = this.access()
    const name = names.find((candidate) => certificates.has(candidate)) ?? names[0]
    if (name === undefined) throw new Error('the client certificate has no name of use')
    if (Buffer.byteLength(name) > TASK_LIMITS.actorBytes) throw new Error('the name in the client certificate is too long')
    return { name, grants: new Grants(names.flatMap((candidate) => certificates.get(candidate) ?? [])), expiresAt }
  }
}
