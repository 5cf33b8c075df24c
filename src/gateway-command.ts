// `taskplane gateway`: REST in front of any gRPC server, a process from its options to its exit code.
import type { RequestListener } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { CALL_ID_HEADER } from './api/call-id.js'
import { formatAddress, readAddress, SETTINGS } from './config.js'
import { openPortTls, upstreamCredentials, type GatewayTlsOptions } from './gateway-tls.js'
import { openUpstreamGateway, type SchemaSource } from './gateway/upstream-gateway.js'
import { startHttpServer } from './http/http-server.js'
import { nameRequest } from './http/request-id.js'
import { SHUTDOWN_LIMITS } from './limits.js'
import { settingOption } from './setting-options.js'
import { openLog, type ProcessLog } from './sight/process-log.js'
import { stopSignal } from './stop-signal.js'

interface GatewayCommandOptions extends GatewayTlsOptions {
  readonly upstream: string
  readonly httpAddress: string
  readonly proto: readonly string[]
  readonly protoPath: readonly string[]
  readonly descriptorSet?: string
  readonly reflection?: true
  readonly service: readonly string[]
  readonly unannotated?: true
}

/** Runs the gateway until SIGTERM or SIGINT; a second one ends it at once. */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('serve the google.api.http rules of any gRPC server as REST')
    .requiredOption('--upstream <host:port>', 'the gRPC server')
    .addOption(new Option('--http-address <host:port>', 'where REST is served').env('TASKPLANE_HTTP_ADDRESS').default('127.0.0.1:8080'))
    .addOption(settingOption(SETTINGS.tlsCert))
    .addOption(settingOption(SETTINGS.tlsKey))
    .option('--upstream-tls', 'connect to the server with TLS; so does --upstream-ca')
    .option('--upstream-ca <path>', 'whose certificate of the server is trusted (PEM); default: those that Node trusts')
    .option('--proto <file>', 'a proto file with services; can be repeated', collect, [])
    .option('--proto-path <folder>', 'where imports are looked for; can be repeated', collect, [])
    .option('--descriptor-set <file>', 'a compiled google.protobuf.FileDescriptorSet, instead of proto files')
    .option('--reflection', 'ask the server for its schema, and follow it when it changes')
    .option('--service <name>', 'full name of a service to serve; can be repeated; default: all', collect, [])
    .option('--unannotated', 'give methods without a rule POST /package.Service/Method')
    .action(async (options: GatewayCommandOptions) => {
      const processLog = openLog({ format: 'auto', level: 'info' })
      try {
        await run(options, processLog)
      } catch (error) {
        processLog.log.fatal((error as Error).message)
        process.exitCode = 1
      }
    })
}

async function run(options: GatewayCommandOptions, processLog: ProcessLog): Promise<void> {
  const { log, output } = processLog
  const stopped = stopSignal(processLog)
  const schema = schemaSource(options)
  const address = readAddress(options.httpAddress)
  if (address === undefined) throw new Error(`Cannot start: --http-address is ${options.httpAddress}; expected host:port`)
  const portTls = openPortTls(options, (error) => log.error({ err: error }, 'fault'))
  const gateway = await openUpstreamGateway({
    upstream: options.upstream,
    credentials: upstreamCredentials(options),
    schema,
    ...(options.service.length > 0 && { services: options.service }),
    unannotated: options.unannotated ?? false,
    openApi: { title: options.upstream, version: 'v1' },
    requestIdHeader: CALL_ID_HEADER,
    // What a server says of polling means the same to every client.
    responseHeaders: ['retry-after', 'operation-location'],
    onError: (error) => log.error({ err: error }, 'fault'),
    onSchemaError: (error) => log.warn({ err: error }, 'the schema could not be loaded; the last one stays'),
  })
  const handler: RequestListener = (request, response) => {
    nameRequest(request)
    gateway.handler(request, response)
  }
  const server = await startHttpServer(address, handler, { tls: portTls?.tls })
  process.on('SIGHUP', () => void portTls?.reload())
  log.info({ http: formatAddress({ host: address.host, port: server.port }), upstream: options.upstream }, 'ready')
  log.info({ signal: await stopped }, 'stopping')
  await Promise.race([server.drain(), wait(SHUTDOWN_LIMITS.gatewayDrainMs)])
  server.close()
  gateway.close()
  log.info('stopped')
  await output.drained()
  process.exit(0)
}

/** Exactly one way to the schema. Throws an Error that says which there are. */
function schemaSource({ proto, protoPath, descriptorSet, reflection }: GatewayCommandOptions): SchemaSource {
  const sources: SchemaSource[] = []
  if (proto.length > 0) sources.push({ kind: 'protos', files: proto, paths: protoPath })
  if (descriptorSet !== undefined) sources.push({ kind: 'descriptor-set', file: descriptorSet })
  if (reflection === true) sources.push({ kind: 'reflection' })
  const [source] = sources
  if (source === undefined || sources.length > 1) {
    throw new Error('Cannot start: expected one of --proto, --descriptor-set and --reflection')
  }
  return source
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}
