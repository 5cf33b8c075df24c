// All checks of a deployment, in the order in which one follows from the other.
import { checkAdmin } from './admin-checks.js'
import { finding, type Finding } from './finding.js'
import { checkGrpc, type GrpcTarget } from './grpc-checks.js'
import { checkPort, type PortAddress } from './port-checks.js'
import { checkStoreFile, type StoreFile } from './store-checks.js'

/** What to look at. */
export interface Deployment {
  readonly admin: PortAddress
  readonly grpc: PortAddress
  readonly http: PortAddress
  /** How to call, once it is known whether the port speaks TLS. */
  readonly grpcTarget: (usesTls: boolean) => GrpcTarget
  /** Path of the file of the store; undefined when it is not on this machine. */
  readonly storePath: string | undefined
  /** Opens a file of the store for reading; throws when it is none. */
  readonly inspectStore: (path: string) => StoreFile
  /** Of this program. */
  readonly version: string
}

/** Looks at everything; what cannot be reached is a finding, not an error. */
export async function diagnose(deployment: Deployment): Promise<Finding[]> {
  const { grpc, http, admin, version, storePath, inspectStore } = deployment
  const [adminPort, grpcPort, httpPort] = await Promise.all([checkPort(admin), checkPort(grpc), checkPort(http)])
  const probes =
    adminPort.usesTls === undefined ? [unreachable('probes')] : await checkAdmin(baseUrl(admin, adminPort.usesTls), version)
  const calls = grpcPort.usesTls === undefined ? [unreachable('gRPC')] : await checkGrpc(deployment.grpcTarget(grpcPort.usesTls))
  const store = storePath === undefined ? [finding('store file').skipped('--store was not given')] : checkStoreFile(storePath, inspectStore)
  return [...adminPort.findings, ...probes, ...grpcPort.findings, ...calls, ...httpPort.findings, ...store]
}

function unreachable(check: string): Finding {
  return finding(check).skipped('its port cannot be reached')
}

function baseUrl({ host, port }: PortAddress, usesTls: boolean): string {
  return `${usesTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
