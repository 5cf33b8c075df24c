// The schema that the tests of the gateway and its JSON codec run on, compiled from test/gateway/proto by buf.
import { execFileSync } from 'node:child_process'
import type { DescMessage, FileRegistry } from '@bufbuild/protobuf'
import { readSchema } from '../../src/base/proto-json/type-source.js'

const GAX = 'node_modules/google-gax/build/protos'
const CONFIG = {
  version: 'v2',
  modules: [
    { path: 'test/gateway/proto' },
    {
      path: GAX,
      includes: [`${GAX}/google/api`, `${GAX}/google/rpc`],
      excludes: ['apikeys', 'cloudquotas', 'expr', 'servicecontrol', 'servicemanagement', 'serviceusage']
        .map((name) => `${GAX}/google/api/${name}`)
        .concat(`${GAX}/google/rpc/context`),
    },
  ],
}

/** Folders that the protos of the tests are found in. */
export const PROTO_PATHS: readonly string[] = ['test/gateway/proto', GAX]

/** The encoded descriptor set of the test protos and all they import. */
export const testDescriptors: Uint8Array = execFileSync(
  'node_modules/.bin/buf',
  [
    'build',
    '.',
    '--config',
    JSON.stringify(CONFIG),
    '--path',
    'test/gateway/proto/wide',
    '--path',
    'test/gateway/proto/shop',
    '--as-file-descriptor-set',
    '-o',
    '-',
  ],
  { maxBuffer: 16 * 1024 * 1024 },
)

/** The same, read. */
export const testSchema: FileRegistry = readSchema(testDescriptors)

/** A message type of the test schema. */
export function typeNamed(name: string): DescMessage {
  const type = testSchema.getMessage(name)
  if (type === undefined) throw new Error(`no message ${name}`)
  return type
}
