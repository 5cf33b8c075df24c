// Certificates for tests, made with openssl: authorities, and what they sign.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** What a certificate says. */
export interface CertificateContent {
  /** As openssl takes it: `/CN=agent`. */
  readonly subject?: string
  /** As openssl takes them: `DNS:localhost,URI:spiffe://a/b`. */
  readonly alternatives?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
  /** Days from now on; negative for one that has expired. */
  readonly days?: number
}

/** Makes certificates in a directory. */
export class CertificateMaker {
  private readonly directory: string
  private made = 0

  constructor(directory: string) {
    this.directory = directory
  }

  /** An authority of its own. */
  authority(name: string): CertificateFiles {
    const files = this.files(name)
    openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.cert)
    return files
  }

  /** A certificate that `authority` has signed. */
  issue(authority: CertificateFiles, content: CertificateContent = {}): CertificateFiles {
    const { subject = '/CN=test', alternatives = '', usage = 'clientAuth', days = 1 } = content
    this.made += 1
    const files = this.files(`issued-${this.made}`)
    const request = `${files.cert}.csr`
    const extensions = `${files.cert}.ext`
    const lines = [`extendedKeyUsage=${usage}`, 'basicConstraints=CA:FALSE', ...(alternatives === '' ? [] : [`subjectAltName=${alternatives}`])]
    writeFileSync(extensions, lines.join('\n'))
    openssl('req', ...NEW_KEY, '-subj', subject, '-keyout', files.key, '-out', request)
    const by = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial']
    openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-extfile', extensions, '-out', files.cert)
    return files
  }

  /** A certificate for 127.0.0.1 and localhost. */
  server(authority: CertificateFiles, content: CertificateContent = {}): CertificateFiles {
    return this.issue(authority, { subject: '/CN=server', alternatives: 'DNS:localhost,IP:127.0.0.1', usage: 'serverAuth', ...content })
  }

  private files(name: string): CertificateFiles {
    return { cert: join(this.directory, `${name}.pem`), key: join(this.directory, `${name}.key`) }
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256']

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
