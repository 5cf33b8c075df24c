// The ports that clients use: whether they can be reached, and how they are secured.
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { isLoopback } from '../config/loopback.js'
import { DOCTOR_LIMITS } from '../limits.js'
import { finding, type Finding } from './finding.js'

/** A port, by the name that people know it by. */
export interface PortAddress {
  readonly name: 'admin' | 'gRPC' | 'REST'
  readonly host: string
  readonly port: number
  /** Whose certificates are trusted (PEM); undefined: whom Node.js trusts. */
  readonly ca: Buffer | undefined
}

/** What was found, and whether the port speaks TLS; undefined when it cannot be reached. */
export interface PortState {
  readonly findings: readonly Finding[]
  readonly usesTls: boolean | undefined
}

/** Connects to a port, without TLS and with it. */
export async function checkPort(address: PortAddress): Promise<PortState> {
  const { name, host, port } = address
  const { ok, failure } = finding(`${name} port`)
  try {
    const socket = connect(port, host)
    await opened(socket, 'connect')
    socket.destroy()
  } catch (error) {
    const message = `${host}:${port} cannot be reached (${(error as Error).message}): is the server running, and the address right?`
    return { findings: [failure(message)], usesTls: undefined }
  }
  const certificate = await certificateOf(address)
  const secured = certificate === undefined ? checkPlain(address) : checkCertificate(address, certificate)
  return { findings: [ok(`${host}:${port} can be reached`), secured], usesTls: certificate !== undefined }
}

function checkPlain({ name, host }: PortAddress): Finding {
  const { ok, warning } = finding(`${name} TLS`)
  if (isLoopback(host)) return ok('none, which is fine on loopback')
  return warning('none: everybody on the way can read and change what is sent; serve TLS, here or in a proxy')
}

interface Certificate {
  readonly validTo: Date
  /** Why it is not trusted here; undefined when it is. */
  readonly distrust: string | undefined
  readonly protocol: string
}

function checkCertificate({ name, host }: PortAddress, { validTo, distrust, protocol }: Certificate): Finding {
  const { ok, warning, failure } = finding(`${name} TLS`)
  const leftMs = validTo.getTime() - Date.now()
  const day = validTo.toISOString().slice(0, 10)
  if (leftMs <= 0) return failure(`the certificate of ${host} ended on ${day}: renew it`)
  if (leftMs < DOCTOR_LIMITS.certificateMs) return warning(`the certificate of ${host} ends on ${day}: renew it`)
  if (distrust !== undefined) return warning(`${protocol}, valid until ${day}, but not trusted here (${distrust}): give clients its authority`)
  return ok(`${protocol}, valid until ${day}`)
}

/** The certificate of a port; undefined when it does not speak TLS. */
async function certificateOf({ name, host, port, ca }: PortAddress): Promise<Certificate | undefined> {
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
    ALPNProtocols: [name === 'gRPC' ? 'h2' : 'http/1.1'],
    // Whether it is trusted is what we want to tell.
    rejectUnauthorized: false,
  })
  try {
    await opened(socket, 'secureConnect')
    return describe(socket)
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

function describe(socket: TLSSocket): Certificate {
  const { authorized, authorizationError } = socket
  const distrust = authorized ? undefined : String(authorizationError)
  return { validTo: new Date(socket.getPeerCertificate().valid_to), distrust, protocol: socket.getProtocol() ?? 'TLS' }
}

async function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  await once(socket, event, { signal: AbortSignal.timeout(DOCTOR_LIMITS.checkMs) }).catch((error: unknown) => {
    socket.destroy()
    throw error
  })
}
