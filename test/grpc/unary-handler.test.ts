import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { anonymousAuthenticator } from '../../src/auth/anonymous.js'
import { ownSchema } from '../../src/base/proto-json/type-source.js'
import { unaryHandler } from '../../src/grpc/unary-handler.js'

const DESCRIPTOR = ownSchema().getService('openshift.v1.TaskService')!.methods[0]!
const CALL = {
  on: () => CALL,
  metadata: new Metadata(),
  sendMetadata: () => undefined,
  getDeadline: () => Infinity,
  request: Buffer.alloc(0),
} as unknown as ServerUnaryCall<Buffer, Uint8Array>

test.each([
  ['an answer', () => Promise.resolve(new Uint8Array())],
  ['an error', () => Promise.reject(new Error('broken'))],
])('a transport that fails on %s ends nothing but the call', async (_name, answer) => {
  const read = () => ({ access: { role: 'reader', instance: 'i' } as const, answer })
  const failure = new Error('The stream is gone')
  const reported = new Promise((resolve) => {
    const dispatcher = new Dispatcher(anonymousAuthenticator, (error) => {
      if (error === failure) resolve(error)
    })
    unaryHandler({ kind: 'unary', name: 'test/Method', waits: false, writes: false, descriptor: DESCRIPTOR, read }, dispatcher)(CALL, () => {
      throw failure
    })
  })
  expect(await reported).toBe(failure)
})
