// The mask that a PATCH gets from its body, on the contract of this project: what a caller names is what it changes.
import { describe, expect, test } from 'vitest'
import { ownDescriptorSet, ownSchema, typeSource } from '../../src/base/proto-json/type-source.js'
import { ProtoJson } from '../../src/base/proto-json/proto-json.js'
import { createGateway } from '../../src/gateway/gateway.js'
import { serveHandler } from './serve.js'

const update = ownSchema().getMessage('openshift.v1.UpdateTaskRequest')!
const json = new ProtoJson(typeSource(ownSchema()), { protoNames: true })

/** The mask that the method sees. */
async function maskOf(body: string, query = ''): Promise<unknown> {
  let mask: unknown
  const served = await serveHandler(
    createGateway({
      descriptors: ownDescriptorSet(),
      call: (_method, request) => {
        mask = (JSON.parse(json.print(update, request as Uint8Array)) as { update_mask?: string }).update_mask
        return Promise.resolve({ message: new Uint8Array() })
      },
    }),
  )
  const asked = await served.ask(`/openshift/v1/vdc-1/tasks/t1${query}`, { method: 'PATCH', body, headers: { 'content-type': 'application/json' } })
  await served.close()
  return asked.status === 200 ? mask : asked.status
}

describe('the mask', () => {
  const rows: readonly (readonly [body: string, mask: unknown, query?: string])[] = [
    ['{}', undefined],
    ['{"summary":"x"}', 'summary'],
    ['{"summary":""}', 'summary'],
    ['{"summary":null}', 'summary'],
    ['{"progressPercent":0,"summary":"x"}', 'progressPercent,summary'],
    ['{"progress_percent":5}', 'progressPercent'],
    ['{"resource":{"name":"n","collectionUris":[]}}', 'resource.name,resource.collectionUris'],
    ['{"resource":{}}', 'resource'],
    ['{"resource":null}', 'resource'],
    ['{"labels":{"a":"b"}}', 'labels'],
    ['{"statusDetails":[{"title":"t"}]}', 'statusDetails'],
    ['{"metadata":{"typeUrl":"a/b"}}', 'metadata'],
    // What only the server sets, and the condition, are no changes: a task can be sent back as it was read.
    [
      '{"id":"1","serviceInstanceId":"x","status":"RUNNING","createdAt":"2024-01-01T00:00:00Z","revision":"4","etag":"\\"1\\"","error":{"code":5}}',
      undefined,
    ],
    ['{"id":"1","summary":"x","etag":"\\"1\\""}', 'summary'],
    ['{"summary":"x","description":"y"}', 'description', '?updateMask=description'],
    ['{"summary":"x"}', '*', '?updateMask=*'],
    ['{"summary":"x"}', 'resource.collectionUris', '?update_mask=resource.collection_uris'],
    ['{"summary":"x"}', 'summary', '?updateMask='],
    ['{"nope":1}', 400],
    ['{"summary":"x"}', 400, '?updateMask=a,,b'],
  ]
  for (const [body, mask, query] of rows) test(`${body} ${query ?? ''}`, async () => expect(await maskOf(body, query)).toEqual(mask))
})
