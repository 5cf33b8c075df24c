// The TLS of our ports: certificate, key, whose client certificates count, and how they are renewed while connections stay.
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions, type TLSSocket } from 'node:tls'
import { TLS_LIMITS } from '../limits.js'
import type { FileWatch } from './file-watch.js'

/** Whether clients show certificates: those of admins and probes need none. */
export type ClientCertificates = 'none' | 'optional' | 'required'

/** With forward secrecy and authenticated encryption; those of TLS 1.3 first. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** How a port does TLS. */
export class ServerTls {
  private readonly files: FileWatch<SecureContextOptions>
  private readonly clients: ClientCertificates

  /** `files` gives what `makeSecureContext` makes. */
  constructor(files: FileWatch<SecureContextOptions>, clients: ClientCertificates) {
    this.files = files
    this.clients = clients
  }

  /** The options of a server that starts now. */
  get options(): TlsOptions {
    return {
      ...this.files.value,
      requestCert: this.clients !== 'none',
      // Where certificates are optional, `follow` refuses those that are shown and do not hold.
      rejectUnauthorized: this.clients === 'required',
      handshakeTimeout: TLS_LIMITS.handshakeMs,
    }
  }

  /** Gives `server` new certificates when there are any; connections that are open keep theirs. */
  follow(server: Server): void {
    this.files.onChange((context) => server.setSecureContext(context))
    server.on('secureConnection', (socket) => {
      if (this.clients === 'optional' && isForeign(socket)) socket.destroy()
    })
    // A handshake that fails ends its connection; there is nobody to tell.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
  }
}

/** What a server is secured with. Throws Error when certificate and key do not fit, or are none. */
export function makeSecureContext([cert, key, ca]: readonly Buffer[]): SecureContextOptions {
  const context: SecureContextOptions = {
    ...(cert && { cert }),
    ...(key && { key }),
    ...(ca && { ca }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    // A session that could be taken up again would outlive the trust in who signed its certificate.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  }
  createSecureContext(context)
  return context
}

/** Whether a certificate was shown that nobody we trust has signed. */
function isForeign(socket: TLSSocket): boolean {
  return !socket.authorized && socket.getPeerX509Certificate() !== undefined
}
