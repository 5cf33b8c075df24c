// TLS on every port, and callers who are known by their certificates.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, get, request, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { connect, TLSSocket, type ConnectionOptions } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ListTasksRequest } from '../../gen/openshift/v1/task_service.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { CertificateMaker, type CertificateFiles } from '../support/certificates.js'
import { runTaskplane } from '../support/program.js'
import { rawCall } from '../support/raw-grpc.js'
import { exchange, head } from '../support/raw-http1.js'
import { PATIENT, startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory, temporaryDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign, type Signer } from '../support/tokens.js'

const directory = suiteDirectory()
const AGENT = 'spiffe://example.com/ns/backup/sa/agent'
const PATH = '/openshift/v1/vdc-1/tasks'

let maker: CertificateMaker
let serverCa: CertificateFiles
let clientCa: CertificateFiles
let served: CertificateFiles
let agent: CertificateFiles
let access: string
let signer: Signer

beforeAll(async () => {
  maker = new CertificateMaker(directory())
  serverCa = maker.authority('server-ca')
  clientCa = maker.authority('client-ca')
  served = maker.server(serverCa)
  agent = maker.issue(clientCa, { subject: '/CN=nobody', alternatives: `URI:${AGENT},DNS:agent.example.com` })
  access = join(directory(), 'access.json')
  const grants = {
    certificates: {
      [`URI:${AGENT}`]: [{ instances: ['vdc-1'], roles: ['producer'] }],
      'CN:console': [{ instances: '*', roles: ['reader'] }],
      'DNS:twin.example.com': [{ instances: ['vdc-1'], roles: ['reader'] }],
    },
  }
  writeFileSync(access, JSON.stringify(grants))
  signer = await newSigner('k')
})

function tlsVariables(files: CertificateFiles): Record<string, string> {
  return { TASKPLANE_TLS_CERT: files.cert, TASKPLANE_TLS_KEY: files.key }
}

function mtlsVariables(): Record<string, string> {
  return { ...tlsVariables(served), TASKPLANE_TLS_CLIENT_CA: clientCa.cert, TASKPLANE_AUTH: 'mtls', TASKPLANE_ACCESS_FILE: access }
}

interface Client extends ConnectionOptions {
  readonly shows?: CertificateFiles
}

function options({ shows, ...more }: Client): ConnectionOptions {
  return { ca: readFileSync(serverCa.cert), ...(shows && { cert: readFileSync(shows.cert), key: readFileSync(shows.key) }), ...more }
}

/** The status of a list over REST, or `refused` when the connection does not get as far. */
async function rest(server: ServerProcess, client: Client, headers: Record<string, string> = {}): Promise<number | 'refused'> {
  return new Promise((resolve) => {
    const sent = get(`${server.url}${PATH}`, { ...(options(client) as RequestOptions), headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', () => resolve('refused'))
  })
}

/** The number of the status of the same over gRPC. */
async function grpc(server: ServerProcess, shows?: CertificateFiles): Promise<number> {
  const channel = credentials.createSsl(readFileSync(serverCa.cert), shows ? readFileSync(shows.key) : null, shows ? readFileSync(shows.cert) : null)
  const message = ListTasksRequest.encode(ListTasksRequest.create({ serviceInstanceId: 'vdc-1' })).finish()
  return rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', message, { channel, deadline: Date.now() + 10_000 }).then(
    () => 0,
    (error: unknown) => (error as { code: number }).code,
  )
}

const UNAVAILABLE = 14

describe('client certificates', () => {
  let server: ServerProcess

  beforeAll(async () => {
    server = await startServer(directory(), { env: mtlsVariables() })
  })

  afterAll(async () => {
    expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
    expect(await server.stop()).toBe(0)
  })

  test('a good one is let in, through both doors', async () => {
    expect(await rest(server, { shows: agent })).toBe(200)
    expect(await grpc(server, agent)).toBe(0)
  })

  test.each<[string, () => Client]>([
    ['none', () => ({})],
    ['one of another authority', () => ({ shows: maker.issue(maker.authority('foreign-ca'), { alternatives: `URI:${AGENT}` }) })],
    ['one that has expired', () => ({ shows: maker.issue(clientCa, { alternatives: `URI:${AGENT}`, days: -1 }) })],
    ['one for servers', () => ({ shows: maker.issue(clientCa, { alternatives: `URI:${AGENT}`, usage: 'serverAuth' }) })],
    ['that of the server', () => ({ shows: served })],
  ])('%s is refused in the handshake', async (_name, client) => {
    const shown = client()
    expect(await rest(server, shown)).toBe('refused')
    expect(await grpc(server, shown.shows)).toBe(UNAVAILABLE)
  })

  test.each<[string, Client]>([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLS 1.2 with CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }],
  ])('%s is refused', async (_name, client) => {
    expect(await rest(server, { shows: agent, ...client })).toBe('refused')
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is taken', async (version) => {
    expect(await rest(server, { shows: agent, minVersion: version, maxVersion: version })).toBe(200)
  })

  test('a server by another name is refused by its clients', async () => {
    expect(await rest(server, { shows: agent, servername: 'elsewhere.example.com' })).toBe('refused')
  })

  test('plain HTTP is refused', async () => {
    expect(await exchange(server.addresses.http, head(`GET ${PATH}`))).not.toContain('200')
    const call = rawCall(server.addresses.grpc, 'openshift.v1.TaskService/ListTasks', new Uint8Array(), { deadline: Date.now() + 5000 })
    await expect(call).rejects.toMatchObject({ code: UNAVAILABLE })
  })

  test('their names say what their callers may do', async () => {
    const client = new TaskplaneClient(server.addresses.grpc, { tls: clientTls(agent) })
    const created = await client.create({ serviceInstanceId: 'vdc-1', task: taskOf('c') })
    expect(created.createdBy).toBe(`URI:${AGENT}`)
    const key = { serviceInstanceId: 'vdc-1', taskId: created.id }
    await expect(client.cancel(key)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', reason: 'ROLE_MISSING', metadata: { role: 'operator' } })
    await expect(client.list({ serviceInstanceId: 'vdc-2' })).rejects.toMatchObject({ code: 'NOT_FOUND', reason: 'INSTANCE_NOT_FOUND' })
    client.close()
  })

  test.each<[string, () => CertificateFiles, number]>([
    ['a common name', () => maker.issue(clientCa, { subject: '/CN=console' }), 200],
    ['one of several DNS names', () => maker.issue(clientCa, { alternatives: 'DNS:other.example.com,DNS:twin.example.com' }), 200],
    ['names that nobody is granted anything by', () => maker.issue(clientCa, { alternatives: 'URI:spiffe://example.com/other' }), 404],
    ['a common name beside other names', () => maker.issue(clientCa, { subject: '/CN=console', alternatives: 'DNS:other.example.com' }), 404],
    ['a name within a name', () => maker.issue(clientCa, { alternatives: `URI:spiffe://evil/,URI:x:${AGENT}` }), 404],
    ['a name of the wrong kind', () => maker.issue(clientCa, { alternatives: 'URI:twin.example.com' }), 404],
    ['no name', () => maker.issue(clientCa, { subject: '/O=example' }), 401],
  ])('a certificate with %s', async (_name, make, status) => {
    expect(await rest(server, { shows: make() })).toBe(status)
  })

  test('the port of probes has TLS, and asks for no certificate', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      get(`https://${server.addresses.admin}/livez`, { ca: readFileSync(serverCa.cert), agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(answer).toBe(200)
  })
})

test('the command line shows a certificate too', async () => {
  const server = await startServer(temporaryDirectory(), { env: mtlsVariables() })
  const env = { TASKPLANE_GRPC_ADDRESS: server.addresses.grpc.replace('127.0.0.1', 'localhost'), TASKPLANE_INSTANCE: 'vdc-1' }
  const args = ['list', '--output', 'json', '--tls-ca', serverCa.cert, '--client-cert', agent.cert, '--client-key', agent.key]
  expect(await runTaskplane(args, { env })).toMatchObject({ code: 0, stderr: '' })
  expect((await runTaskplane(args.slice(0, 5), { env })).code).toBe(1)
  expect(await server.stop()).toBe(0)
})

test('files that are of no use stand in the way of a start, and are named together', async () => {
  const env = { ...mtlsVariables(), TASKPLANE_TLS_KEY: agent.key, TASKPLANE_ACCESS_FILE: '/nowhere', TASKPLANE_STORE: `sqlite:${temporaryDirectory()}/t.db` }
  const ports = { TASKPLANE_GRPC_ADDRESS: '127.0.0.1:0', TASKPLANE_HTTP_ADDRESS: '127.0.0.1:0', TASKPLANE_ADMIN_ADDRESS: '127.0.0.1:0' }
  const { code, stdout } = await runTaskplane(['serve'], { env: { ...env, ...ports } })
  expect(code).toBe(1)
  const { msg } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { msg: string }
  expect(msg).toContain(`--tls-key (TASKPLANE_TLS_KEY) ${agent.key}, --tls-client-ca (TASKPLANE_TLS_CLIENT_CA) ${clientCa.cert}: `)
  expect(msg).toContain('Cannot use --access-file (TASKPLANE_ACCESS_FILE) /nowhere: ENOENT')
})

function clientTls(files: CertificateFiles): { ca: Buffer; certificate: { chain: Buffer; key: Buffer } } {
  return { ca: readFileSync(serverCa.cert), certificate: { chain: readFileSync(files.cert), key: readFileSync(files.key) } }
}

function taskOf(command: string): never {
  return { command } as never
}

describe('tokens and client certificates', () => {
  let server: ServerProcess

  beforeAll(async () => {
    server = await startServer(directory(), { env: { ...mtlsVariables(), ...keyFileVariables(directory(), [signer]), TASKPLANE_AUTH: 'jwt,mtls' } })
  })

  afterAll(async () => {
    expect(await server.stop()).toBe(0)
  })

  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  test('either will do', async () => {
    expect(await rest(server, { shows: agent })).toBe(200)
    expect(await rest(server, {}, bearer(await sign(signer)))).toBe(200)
    expect(await grpc(server, agent)).toBe(0)
  })

  test('one of them is needed', async () => {
    expect(await rest(server, {})).toBe(401)
    expect(await grpc(server)).toBe(16)
  })

  test('a token goes before a certificate, and is not made good by it', async () => {
    expect(await rest(server, { shows: agent }, bearer('nonsense'))).toBe(401)
    expect(await rest(server, { shows: agent }, bearer(await sign(signer, { instances: ['vdc-2'] })))).toBe(404)
  })

  test('a certificate that nobody trusts is refused, also beside a good token', async () => {
    const shows = maker.issue(maker.authority('another-foreign-ca'), { alternatives: `URI:${AGENT}` })
    expect(await rest(server, { shows }, bearer(await sign(signer)))).toBe('refused')
    expect(await grpc(server, shows)).toBe(UNAVAILABLE)
  })
})

describe('files that change', () => {
  /** A list on a connection that stays. */
  function onConnection(agentOfHttp: Agent, server: ServerProcess, token: string): Promise<{ status: number; fingerprint: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${server.url}${PATH}`, { agent: agentOfHttp, headers: { authorization: `Bearer ${token}` } }, (response) => {
        const fingerprint = response.socket instanceof TLSSocket ? response.socket.getPeerCertificate().fingerprint256 : ''
        json(response).then(() => resolve({ status: response.statusCode ?? 0, fingerprint }), reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  }

  const reloads = ({ log }: ServerProcess): number => log.filter(({ msg }) => msg.includes('read again')).length

  async function reload(server: ServerProcess): Promise<void> {
    const before = reloads(server)
    process.kill(server.pid, 'SIGHUP')
    await expect.poll(() => reloads(server)).toBe(before + 1)
  }

  test('are taken without a restart; open connections stay, and what is of no use changes nothing', async () => {
    const files = { cert: join(temporaryDirectory(), 'live.pem'), key: '' }
    const live = { ...files, key: `${files.cert}.key` }
    const put = ({ cert, key }: CertificateFiles): void => {
      copyFileSync(cert, live.cert)
      copyFileSync(key, live.key)
    }
    put(served)
    const env = { ...tlsVariables(live), ...keyFileVariables(directory(), [signer]) }
    // It looks when it is told to, and not while only one of the two files is there.
    const server = await startServer(temporaryDirectory(), { limits: `${PATIENT},tls.reloadMs=3600000`, env })
    const ca = readFileSync(serverCa.cert)
    const kept = new Agent({ ca, keepAlive: true, maxSockets: 1 })
    const grpcClient = new TaskplaneClient(server.addresses.grpc, { token: () => sign(signer), tls: { ca } })
    const token = await sign(signer)
    const first = await onConnection(kept, server, token)
    await grpcClient.list({ serviceInstanceId: 'vdc-1' })

    put(maker.server(serverCa))
    await reload(server)
    const fresh = new Agent({ ca })
    const second = await onConnection(fresh, server, token)
    expect(second.status).toBe(200)
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(await onConnection(kept, server, token)).toEqual(first)
    await grpcClient.list({ serviceInstanceId: 'vdc-1' })
    expect(await grpcFingerprint(server)).toBe(second.fingerprint)

    writeFileSync(live.key, readFileSync(agent.key))
    await reload(server)
    expect(server.log.filter(({ level }) => level >= 50).map(({ err }) => (err as { message: string }).message)).toEqual([
      expect.stringContaining(`Cannot use --tls-cert (TASKPLANE_TLS_CERT) ${live.cert}, --tls-key (TASKPLANE_TLS_KEY) ${live.key}: `),
    ])
    expect((await onConnection(new Agent({ ca }), server, token)).fingerprint).toBe(second.fingerprint)
    kept.destroy()
    grpcClient.close()
    expect(await server.stop()).toBe(0)
  })

  function grpcFingerprint(server: ServerProcess): Promise<string> {
    const [host, port] = server.addresses.grpc.split(':')
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port), ca: readFileSync(serverCa.cert), ALPNProtocols: ['h2'] }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  }

  test('an authority that is no longer trusted lets nobody in', async () => {
    const trusted = join(temporaryDirectory(), 'clients.pem')
    copyFileSync(clientCa.cert, trusted)
    const server = await startServer(temporaryDirectory(), { env: { ...mtlsVariables(), TASKPLANE_TLS_CLIENT_CA: trusted } })
    expect(await rest(server, { shows: agent })).toBe(200)
    const nextCa = maker.authority('next-client-ca')
    copyFileSync(nextCa.cert, trusted)
    await reload(server)
    expect(await rest(server, { shows: agent })).toBe('refused')
    expect(await rest(server, { shows: maker.issue(nextCa, { alternatives: `URI:${AGENT}` }) })).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  test('keys of tokens are looked at by themselves', async () => {
    const keys = temporaryDirectory()
    const server = await startServer(temporaryDirectory(), { limits: `${PATIENT},tls.reloadMs=500`, env: keyFileVariables(keys, [signer]) })
    const next = await newSigner('next')
    const status = async (by: Signer): Promise<number> =>
      (await fetch(`${server.url}${PATH}`, { headers: { authorization: `Bearer ${await sign(by)}` } })).status
    expect(await status(next)).toBe(401)
    keyFileVariables(keys, [next])
    await expect.poll(() => status(next), { timeout: 15_000 }).toBe(200)
    expect(await status(signer)).toBe(401)
    expect(await server.stop()).toBe(0)
  })
})
