// `taskplane doctor`: looks at a deployment, and says what is wrong.
import { Command, Option } from 'commander'
import { connectionOf, withCredentials, type CredentialOptions } from './cli/connection-options.js'
import { channelCredentials, interceptors } from './client/connection.js'
import { readAddress, SETTINGS, type Address } from './config.js'
import { diagnose } from './doctor/diagnose.js'
import type { Finding, Verdict } from './doctor/finding.js'
import { sqlitePath } from './sqlite-path.js'
import { inspectStore } from './store/sqlite/backup.js'

interface DoctorOptions extends CredentialOptions {
  readonly grpcAddress: string
  readonly httpAddress: string
  readonly adminAddress: string
  readonly instance: string
  readonly store?: string
  readonly json?: true
}

/** Exits with 0 when nothing is broken, warnings included, and with 1 when something is. `version`: of the program. */
export function doctorCommand(version: string): Command {
  const { grpc, http, admin } = SETTINGS
  const address = ({ flag, variable, fallback }: typeof grpc | typeof http | typeof admin, what: string): Option =>
    new Option(`--${flag} <host:port>`, what).env(variable).default(fallback)
  return withCredentials(new Command('doctor'))
    .description('look at a deployment and say what is wrong')
    .addOption(address(grpc, 'the gRPC port'))
    .addOption(address(http, 'the REST port'))
    .addOption(address(admin, 'the admin port'))
    .addOption(new Option('--instance <id>', 'a service instance that may be read').env('TASKPLANE_INSTANCE').default('taskplane-doctor'))
    .option('--store <sqlite:path>', 'the file of the store, when it is on this machine')
    .option('--json', 'print JSON: a list of { check, verdict, message }')
    .action(async (options: DoctorOptions) => {
      const findings = await look(options, version)
      process.stdout.write(options.json === true ? `${JSON.stringify(findings, undefined, 2)}\n` : text(findings))
      if (findings.some(({ verdict }) => verdict === 'failure')) process.exitCode = 1
    })
}

function look(options: DoctorOptions, version: string): Promise<Finding[]> {
  const { grpcAddress, httpAddress, adminAddress, instance, store } = options
  const connection = connectionOf(options)
  const ca = connection.tls?.ca
  return diagnose({
    admin: { name: 'admin', ...addressOf('admin', adminAddress), ca },
    grpc: { name: 'gRPC', ...addressOf('grpc', grpcAddress), ca },
    http: { name: 'REST', ...addressOf('http', httpAddress), ca },
    // Whether the port speaks TLS is found out, not believed.
    grpcTarget: (usesTls) => ({
      address: grpcAddress,
      credentials: channelCredentials({ tls: usesTls ? (connection.tls ?? {}) : undefined }),
      interceptors: interceptors(connection),
      instance,
    }),
    storePath: store === undefined ? undefined : sqlitePath(store, 'leave it out for PostgreSQL, which /readyz tells of'),
    inspectStore,
    version,
  })
}

function addressOf(name: 'admin' | 'grpc' | 'http', text: string): Address {
  const address = readAddress(text)
  if (address === undefined) throw new Error(`--${SETTINGS[name].flag} is ${text}; expected host:port`)
  return address
}

const MARKS: Readonly<Record<Verdict, string>> = { ok: 'ok     ', warning: 'WARNING', failure: 'FAILURE', skipped: 'skipped' }

function text(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, verdict, message }) => `${MARKS[verdict]}  ${check.padEnd(width)}  ${message}\n`).join('')
}
