// The three ways to a schema, each ending in a call through the gateway to a server that is not ours.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { readSchema } from '../../src/base/proto-json/type-source.js'
import { routeTable } from '../../src/gateway/gateway.js'
import { channelCall } from '../../src/gateway/channel-call.js'
import { createReflectedGateway } from '../../src/gateway/reflected-gateway.js'
import { compileProtos, readDescriptorSet } from '../../src/gateway/schema-files.js'
import { reflectSchema } from '../../src/gateway/schema-reflection.js'
import { openUpstreamGateway } from '../../src/gateway/upstream-gateway.js'
import type { SchemaSource } from '../../src/gateway/upstream-gateway.js'
import { addReflection } from './reflection-server.js'
import type { Described } from './reflection-server.js'
import { PROTO_PATHS, testDescriptors } from './schema.js'
import { serveHandler } from './serve.js'
import { startUpstream } from './upstream.js'

const folder = mkdtempSync(join(tmpdir(), 'schema-'))
afterAll(() => rmSync(folder, { recursive: true }))
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function upstreamWith(version?: 'v1' | 'v1alpha'): Promise<{ client: Client; described: Described; address: string }> {
  const described: Described = { descriptors: testDescriptors, services: ['shop.v1.ShopService'] }
  const upstream = await startUpstream((server) => {
    if (version !== undefined) addReflection(server, described, version)
  })
  const client = new Client(upstream.address, credentials.createInsecure())
  cleanups.push(
    () => upstream.close(),
    () => client.close(),
  )
  return { client, described, address: upstream.address }
}

describe('ways to a schema', () => {
  const set = join(folder, 'set.binpb')
  const ways: readonly (readonly [name: string, version: 'v1' | 'v1alpha' | undefined, schema: SchemaSource])[] = [
    ['protos', undefined, { kind: 'protos', files: ['test/gateway/proto/shop/v1/shop.proto'], paths: PROTO_PATHS }],
    ['a descriptor set', undefined, { kind: 'descriptor-set', file: set }],
    ['reflection v1', 'v1', { kind: 'reflection' }],
    ['reflection v1alpha', 'v1alpha', { kind: 'reflection' }],
  ]
  for (const [name, version, schema] of ways) {
    test(name, async () => {
      writeFileSync(set, testDescriptors)
      const { address } = await upstreamWith(version)
      const gateway = await openUpstreamGateway({ upstream: address, schema, services: ['shop.v1.ShopService'] })
      cleanups.push(() => gateway.close())
      const served = await serveHandler(gateway.handler)
      cleanups.push(() => served.close())
      expect(
        (await served.ask('/v1/shelves/1/items/2:move', { method: 'POST', body: '{"to":"x"}', headers: { 'content-type': 'application/json' } }))
          .json,
      ).toEqual({ name: 'x' })
      expect((await served.ask('/v1/shelves/1/items:watch')).text).toContain('"name":"b"')
      const lines = {
        method: 'POST',
        body: '{"parent":"p","item":{"title":"1"}}\n{"parent":"p","item":{"title":"2"}}\n',
        headers: { 'content-type': 'application/x-ndjson' },
      }
      expect((await served.ask('/v1/items:import', lines)).json).toEqual({ names: ['p/1', 'p/2'] })
      expect((await served.ask('/v1/items:chat', lines)).text).toBe('{"title":"re: 1"}\n{"title":"re: 2"}\n')
    })
  }
})

test('annotations need not be in a folder of the caller', async () => {
  writeFileSync(
    join(folder, 'alone.proto'),
    'syntax = "proto3"; package alone.v1; import "google/api/annotations.proto"; import "google/protobuf/empty.proto"; service Alone { rpc Ping(google.protobuf.Empty) returns (google.protobuf.Empty) { option (google.api.http) = { get: "/v1/ping" }; } }',
  )
  expect(routeTable(readSchema(await compileProtos([join(folder, 'alone.proto')], [folder])), {}).map(({ template }) => template.text)).toEqual([
    '/v1/ping',
  ])
})

describe('what cannot be a schema', () => {
  test('protos that do not compile', async () => {
    writeFileSync(join(folder, 'bad.proto'), 'syntax = "proto3"; message A { B b = 1; }')
    await expect(compileProtos([join(folder, 'bad.proto')], [folder])).rejects.toThrow(/Cannot compile .*bad.proto.*B/s)
  })

  test('a file that is no descriptor set', async () => {
    writeFileSync(join(folder, 'bad.binpb'), 'not protobuf')
    await expect(readDescriptorSet(join(folder, 'bad.binpb'))).rejects.toThrow('is not a descriptor set')
  })

  test('a server without reflection', async () => {
    const { client } = await upstreamWith()
    await expect(reflectSchema(client)).rejects.toThrow(/UNIMPLEMENTED/)
  })

  test('a server that hides an import', async () => {
    const { client, described } = await upstreamWith('v1')
    described.hidden = /^google\/(protobuf|api\/(http\.|annotations))/
    expect((await reflectSchema(client)).length).toBeGreaterThan(1000)
    described.hidden = /^wide\//
    await expect(reflectSchema(client)).rejects.toThrow('wide/v1/wide.proto')
  })
})

test('a schema that changes is followed; one that cannot be served is not', async () => {
  const { client, described } = await upstreamWith('v1')
  writeFileSync(
    join(folder, 'more.proto'),
    'syntax = "proto3"; package more.v1; import "google/api/annotations.proto"; import "google/protobuf/empty.proto"; service More { rpc Ping(google.protobuf.Empty) returns (google.protobuf.Empty) { option (google.api.http) = { get: "/v1/ping" }; } }',
  )
  const more = await compileProtos([join(folder, 'more.proto')], [folder, PROTO_PATHS[1]!])
  const faults: unknown[] = []
  const gateway = await createReflectedGateway({
    load: () => reflectSchema(client),
    call: channelCall(client),
    refreshMs: 30,
    onSchemaError: (error) => faults.push(error),
  })
  const server = createServer(gateway.handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () => gateway.close(),
    () => server.close(),
  )
  const statusOf = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers: { connection: 'close' } })).status
  expect([await statusOf('/v1/ping'), await statusOf('/v1/items/1')]).toEqual([404, 200])
  Object.assign(described, { descriptors: more, services: ['more.v1.More'] })
  await expect.poll(() => statusOf('/v1/ping')).toBe(501)
  expect(await statusOf('/v1/items/1')).toBe(404)
  described.services = ['gone.v1.Gone']
  await expect.poll(() => faults.length).toBeGreaterThan(0)
  expect(await statusOf('/v1/ping')).toBe(501)
})
