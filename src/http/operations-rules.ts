// The REST rules of google.longrunning.Operations here: names are instances/*/operations/*, not the operations/** of the
// upstream file, so its annotations are replaced before the gateway reads them.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** Number of the extension google.api.http of google.protobuf.MethodOptions. */
const HTTP_EXTENSION = 72295728
/** Field numbers of google.api.HttpRule. */
const PATTERNS = { get: 2, post: 4, delete: 5 } as const
const BODY = 7

const OPERATION = '/v1/{name=instances/*/operations/*}'

/** For each method: how its path is asked for, the path, and whether the request is a body. */
const RULES: Readonly<Record<string, readonly [pattern: keyof typeof PATTERNS, path: string, body: boolean]>> = {
  ListOperations: ['get', '/v1/{name=instances/*}/operations', false],
  GetOperation: ['get', OPERATION, false],
  DeleteOperation: ['delete', OPERATION, false],
  CancelOperation: ['post', `${OPERATION}:cancel`, true],
  WaitOperation: ['post', `${OPERATION}:wait`, true],
}

/** The descriptor set with these rules in place of those of the upstream file. */
export function withOperationsRules(descriptorSet: Uint8Array): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, descriptorSet)
  const file = set.file.find((candidate) => candidate.package === 'google.longrunning')
  for (const method of file?.service[0]?.method ?? []) {
    const options = method.options ?? create(MethodOptionsSchema)
    const others = (options.$unknown ?? []).filter((field) => field.no !== HTTP_EXTENSION)
    options.$unknown = [...others, ruleOf(method.name)]
    method.options = options
  }
  return toBinary(FileDescriptorSetSchema, set)
}

function ruleOf(method: string): { no: number; wireType: WireType; data: Uint8Array } {
  const rule = RULES[method]
  if (rule === undefined) throw new Error(`google.longrunning.Operations has a new method ${method}`)
  const [pattern, path, body] = rule
  const writer = new BinaryWriter().tag(PATTERNS[pattern], WireType.LengthDelimited).string(path)
  if (body) writer.tag(BODY, WireType.LengthDelimited).string('*')
  // An unknown field holds its value as it stands on the wire, its length included.
  return { no: HTTP_EXTENSION, wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(writer.finish()).finish() }
}
