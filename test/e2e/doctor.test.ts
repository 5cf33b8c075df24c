// The doctor looks at real servers, sound and broken ones.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../../src/doctor/finding.js'
import { DOCTOR_LIMITS } from '../../src/limits.js'
import { CertificateMaker } from '../support/certificates.js'
import { runTaskplane } from '../support/program.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign } from '../support/tokens.js'

interface Visit {
  readonly code: number | null
  readonly findings: readonly Finding[]
  readonly verdictOf: (check: string) => string | undefined
  readonly messageOf: (check: string) => string | undefined
}

async function visit({ grpc, http, admin }: ServerProcess['addresses'], ...more: readonly string[]): Promise<Visit> {
  const args = ['doctor', '--json', '--grpc-address', grpc, '--http-address', http, '--admin-address', admin, ...more]
  const { code, stdout } = await runTaskplane(args)
  const findings = JSON.parse(stdout) as Finding[]
  const of = (check: string): Finding | undefined => findings.find((finding) => finding.check === check)
  return { code, findings, verdictOf: (check) => of(check)?.verdict, messageOf: (check) => of(check)?.message }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const CERTIFICATE_DAYS = DOCTOR_LIMITS.certificateMs / 86_400_000
const NOWHERE = '127.0.0.1:9'
/** What is said of a store that works, on a machine that may have other things to do. */
const WORKS = /^reads and writes; a write took \d+ ms$|^a write of the store took \d{3,} ms: the disk is slow or busy$/

test('a sound server passes, and people can read it', async () => {
  const directory = temporaryDirectory()
  const server = await startServer(directory)
  const store = `sqlite:${join(directory, 'tasks.db')}`
  const { code, findings, messageOf } = await visit(server.addresses, '--store', store)
  expect(code).toBe(0)
  // Of Node.js it says what is true of the one that runs the tests.
  expect(findings.filter(({ verdict, check }) => verdict !== 'ok' && !['Node.js', 'open files', 'store'].includes(check))).toEqual([])
  expect(messageOf('store')).toMatch(WORKS)
  const { grpc, http, admin } = server.addresses
  const { stdout } = await runTaskplane(['doctor', '--grpc-address', grpc, '--http-address', http, '--admin-address', admin])
  expect(stdout).toMatch(/^ok {7}gRPC health {2,}SERVING$/m)
  await server.stop()
})

test('a server that is not there is named by each of its ports', async () => {
  const { code, verdictOf } = await visit({ grpc: NOWHERE, http: NOWHERE, admin: NOWHERE })
  expect(code).toBe(1)
  expect(['admin port', 'probes', 'gRPC port', 'gRPC', 'REST port', 'store file'].map(verdictOf)).toEqual([
    'failure',
    'skipped',
    'failure',
    'skipped',
    'failure',
    'skipped',
  ])
})

test('ports that are mixed up are told', async () => {
  const server = await startServer(temporaryDirectory())
  const { grpc, http, admin } = server.addresses
  const { code, verdictOf, messageOf } = await visit({ grpc: http, http: grpc, admin })
  expect([code, verdictOf('gRPC health'), messageOf('gRPC health')]).toEqual([1, 'failure', expect.stringContaining('is this the gRPC port')])
  await server.stop()
})

test('a store that is no file is not looked at, and its URL is not shown', async () => {
  const args = ['doctor', '--store', 'postgres://ann:s3cret@db.example/tasks']
  const { code, stdout, stderr } = await runTaskplane(args, { env: {} })
  expect(code).not.toBe(0)
  expect(stderr).toContain('--store names no sqlite: file')
  expect(stdout + stderr).not.toContain('s3cret')
})

test('a store that cannot write, a file that is none, and one that is too new', async () => {
  const directory = temporaryDirectory()
  const server = await startServer(directory)
  const path = join(directory, 'tasks.db')
  const database = new Database(path)
  database.exec('BEGIN IMMEDIATE')
  const blocked = await visit(server.addresses, '--store', `sqlite:${join(directory, 'none.db')}`)
  expect([blocked.code, blocked.verdictOf('store'), blocked.verdictOf('store file')]).toEqual([1, 'failure', 'failure'])
  database.exec('COMMIT')
  await server.stop()
  database.pragma('user_version = 999')
  const newer = await visit({ grpc: NOWHERE, http: NOWHERE, admin: NOWHERE }, '--store', `sqlite:${path}`)
  expect(newer.verdictOf('store file')).toBe('warning')
  database.pragma('application_id = 1')
  database.close()
  const foreign = await visit({ grpc: NOWHERE, http: NOWHERE, admin: NOWHERE }, '--store', `sqlite:${path}`)
  expect([foreign.verdictOf('store file'), foreign.messageOf('store file')]).toEqual(['failure', expect.stringContaining('not a Taskplane database')])
})

test('a port that does not answer is given up on in time', async () => {
  const admin = await listening(createHttp(() => undefined))
  const began = performance.now()
  const { code, verdictOf } = await visit({ grpc: NOWHERE, http: NOWHERE, admin })
  expect([code, verdictOf('probes')]).toEqual([1, 'failure'])
  const ms = performance.now() - began
  expect(ms).toBeGreaterThan(DOCTOR_LIMITS.checkMs)
  // One check for TLS, which nobody speaks, and one for the answer.
  expect(ms).toBeLessThan(2 * DOCTOR_LIMITS.checkMs + 15_000)
})

test('another version, an old Node.js, few files, lost lines, a slow store and a wrong clock are warnings', async () => {
  const metrics = [
    'taskplane_build_info{version="0.0.1",node="v18.20.0"} 1',
    `process_max_fds ${DOCTOR_LIMITS.openFiles - 1}`,
    'process_open_fds 20',
    'taskplane_audit_lines_lost_total 3',
  ]
  const admin = await listening(
    createHttp((request, response) => {
      response.setHeader('date', new Date(Date.now() - DOCTOR_LIMITS.skewMs - 2000).toUTCString())
      const body = request.url === '/metrics' ? `${metrics.join('\n')}\n` : '{}'
      if (request.url === '/readyz') setTimeout(() => response.end(body), DOCTOR_LIMITS.readyMs + 50)
      else response.end(body)
    }),
  )
  const { findings } = await visit({ grpc: NOWHERE, http: NOWHERE, admin })
  expect(findings.filter(({ verdict }) => verdict === 'warning').map(({ check }) => check)).toEqual([
    'store',
    'clock',
    'version',
    'Node.js',
    'open files',
    'logs',
  ])
})

test('a server with TLS that asks who calls passes with a token and its authority, and not without', async () => {
  const directory = temporaryDirectory()
  const maker = new CertificateMaker(directory)
  const authority = maker.authority('cloud')
  const { key, cert } = maker.server(authority, { days: 100 })
  const signer = await newSigner('k')
  const env = { ...keyFileVariables(directory, [signer]), TASKPLANE_TLS_CERT: cert, TASKPLANE_TLS_KEY: key }
  const server = await startServer(directory, { env })
  const known = await visit(server.addresses, '--tls-ca', authority.cert, '--token', await sign(signer), '--instance', 'vdc-1')
  expect(known.code).toBe(0)
  const sound = ['calls', 'gRPC health', 'gRPC reflection', 'gRPC TLS', 'REST TLS', 'admin TLS']
  expect(sound.map(known.verdictOf)).toEqual(sound.map(() => 'ok'))
  expect(known.messageOf('store')).toMatch(WORKS)
  const unknown = await visit(server.addresses, '--tls-ca', authority.cert)
  expect([unknown.code, unknown.verdictOf('calls'), unknown.messageOf('calls')]).toEqual([1, 'failure', expect.stringContaining('give credentials')])
  await server.stop()
})

test.each([
  [CERTIFICATE_DAYS - 1, 'warning', 'ends on'],
  [-1, 'failure', 'ended on'],
  [365, 'warning', 'not trusted here'],
])('a certificate that is valid for %i days', async (days, verdict, message) => {
  const maker = new CertificateMaker(temporaryDirectory())
  const { key, cert } = maker.server(maker.authority('nobody'), { days })
  const http = await listening(createHttps({ key: readFileSync(key), cert: readFileSync(cert) }))
  const { verdictOf, messageOf } = await visit({ grpc: NOWHERE, http, admin: NOWHERE })
  expect([verdictOf('REST TLS'), messageOf('REST TLS')]).toEqual([verdict, expect.stringContaining(message)])
})
