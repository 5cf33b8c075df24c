// Every method and every route, for every kind of caller. The methods come from the descriptors and the routes from the route
// table, so that one that is added fails here until there is a rule for it.
import { create, fromJson, toBinary, type DescMethod, type JsonObject } from '@bufbuild/protobuf'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Task } from '../../gen/openshift/v1/task.js'
import { METHOD_RULES } from '../../src/api/authorization.js'
import { ownSchema } from '../../src/base/proto-json/type-source.js'
import { TaskplaneClient } from '../../src/client/taskplane-client.js'
import { routeTable } from '../../src/gateway/gateway.js'
import type { Route } from '../../src/gateway/route.js'
import { OPERATIONS_RULES } from '../../src/http/operations-rules.js'
import { ROLES, type Role } from '../../src/task/caller.js'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { keyFileVariables, newSigner, sign, type Signer } from '../support/tokens.js'

/** Open to everybody, or to everybody who may call at all: nothing in them belongs to anybody. */
const BESIDE_THE_CONTRACT = ['grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection']

const SERVICES = [...ownSchema().files].flatMap(({ services }) => services).filter(({ typeName }) => !BESIDE_THE_CONTRACT.includes(typeName))
const METHODS = SERVICES.flatMap(({ methods }) => methods)
const ROUTES = routeTable(ownSchema(), { rules: OPERATIONS_RULES, services: SERVICES.map(({ typeName }) => typeName) })

/** What a request holds beside names, where it needs more, or would take its time. */
const CONTENTS: Readonly<Record<string, JsonObject>> = {
  WaitTask: { timeout: '0s' },
  WaitOperation: { timeout: '0s' },
  WatchTasks: { snapshot: true },
  CreateTask: { task: { command: 'c' } },
  UpdateTask: { task: { summary: 's' } },
  RenewTaskLease: { leaseToken: 'x'.repeat(16) },
  FailTask: { error: { code: 13, message: 'm' } },
  SetRetentionPolicy: { retentionPolicy: {} },
}

// Of one length, so that encoded messages differ in them only.
const OWN = 'vdc-own'
const ALSO_OWN = 'vdc-too'
const NEVER = 'vdc-not'
/** What each role may do, as the documents say it. */
const MAY: Readonly<Record<Role, readonly Role[]>> = {
  reader: ['reader'],
  operator: ['reader', 'operator'],
  producer: ['reader', 'producer'],
  admin: ROLES,
}

const directory = suiteDirectory()
let server: ServerProcess
let signer: Signer
let client: TaskplaneClient
let owner: string
let foreigner: string

beforeAll(async () => {
  signer = await newSigner('k')
  server = await startServer(directory(), { env: keyFileVariables(directory(), [signer]) })
  owner = await tokenOf([OWN, ALSO_OWN], ['admin'])
  foreigner = await tokenOf(['vdc-foreign'], ['admin'])
  client = new TaskplaneClient(server.addresses.grpc, { token: owner })
})

afterAll(async () => {
  client.close()
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  expect(await server.stop()).toBe(0)
})

const tokenOf = (instances: readonly string[], roles: readonly string[]): Promise<string> => sign(signer, { instances, roles })

/** A new task of the owner. */
async function newTask(): Promise<string> {
  return (await client.create({ serviceInstanceId: OWN, task: Task.create({ command: 'c', cancelSupported: true }) })).id
}

interface Outcome {
  /** Number of the google.rpc.Code. */
  readonly code: number
  readonly message: string
  /** The rest of the status. */
  readonly details: unknown
}

const OK: Outcome = { code: 0, message: '', details: undefined }

/** Asks for `taskId` of `instance`, or for the instance where the method is about that. */
type Ask = (target: { readonly instance: string; readonly taskId: string }, token?: string) => Promise<Outcome>

function overGrpc(method: DescMethod): Ask {
  return async ({ instance, taskId }, token) => {
    const { subject } = METHOD_RULES[`${method.parent.typeName}/${method.name}`]!
    const names = {
      task: { serviceInstanceId: instance, taskId },
      instance: { serviceInstanceId: instance },
      operation: { name: `instances/${instance}/operations/${taskId}` },
      operations: { name: `instances/${instance}` },
    }[subject]
    const filled = { ...fromJson(method.input, CONTENTS[method.name] ?? {}, { registry: ownSchema() }), ...names }
    const message = Buffer.from(toBinary(method.input, create(method.input, filled)))
    const metadata = new Metadata()
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
    const channel = new Client(server.addresses.grpc, credentials.createInsecure())
    const same = (bytes: Buffer): Buffer => bytes
    const error = await new Promise<ServiceError | undefined>((resolve) => {
      const stream = channel.makeServerStreamRequest(`/${method.parent.typeName}/${method.name}`, same, same, message, metadata, { deadline: Date.now() + 10_000 })
      stream.on('error', (thrown: ServiceError) => resolve(thrown))
      stream.on('data', () => resolve(undefined))
      stream.on('end', () => resolve(undefined))
    })
    channel.close()
    if (error === undefined) return OK
    return { code: error.code, message: error.details, details: error.metadata.get('grpc-status-details-bin').map((bytes) => bytes.toString('latin1')) }
  }
}

/** Asks by `verb`; what has no body has the HTTP status for its code. */
function overRest({ method, httpMethod, template, body }: Route, verb = httpMethod): Ask {
  return async ({ instance, taskId }, token) => {
    const path = template.text
      .replace('{name=instances/*/operations/*}', `instances/${instance}/operations/${taskId}`)
      .replace('{name=instances/*}', `instances/${instance}`)
      .replace('{service_instance_id}', instance)
      .replace('{task_id}', taskId)
    expect(path).not.toContain('{')
    const contents = CONTENTS[method.name] ?? {}
    const sent = body === '*' ? contents : body && contents[body.jsonName]
    const query = body === undefined ? `?${new URLSearchParams(contents as Record<string, string>).toString()}` : ''
    const response = await fetch(server.url + path + query, {
      method: verb,
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: sent === undefined ? null : JSON.stringify(sent),
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) {
      await response.body?.cancel()
      return OK
    }
    if (verb === 'HEAD') return { code: response.status, message: '', details: undefined }
    const { code, message, details } = (await response.json()) as Outcome
    expect(response.headers.get('www-authenticate')).toBe(code === 16 ? 'Bearer' : null)
    return { code, message, details }
  }
}

const DOORS: readonly (readonly [name: string, method: DescMethod, ask: Ask])[] = [
  ...METHODS.map((method) => [`gRPC ${method.parent.typeName}/${method.name}`, method, overGrpc(method)] as const),
  ...ROUTES.map((route) => [`REST ${route.httpMethod} ${route.template.text}`, route.method, overRest(route)] as const),
]

test('every method of the contract has a rule, and there is no rule for anything else', () => {
  expect(Object.keys(METHOD_RULES).toSorted()).toEqual(METHODS.map(({ parent, name }) => `${parent.typeName}/${name}`).toSorted())
  expect(ROUTES.length).toBeGreaterThanOrEqual(METHODS.length)
})

describe.each(DOORS)('%s', (_name, method, ask) => {
  const { role, subject } = METHOD_RULES[`${method.parent.typeName}/${method.name}`]!

  test('asks who calls', async () => {
    expect(await ask({ instance: OWN, taskId: await newTask() })).toMatchObject({ code: 16 })
  })

  test('is to foreigners as if there were nothing, and does nothing', async () => {
    const taskId = await newTask()
    const { revision } = await client.list({ serviceInstanceId: OWN, pageSize: 1 })
    const foreign = await ask({ instance: OWN, taskId }, foreigner)
    expect(foreign).toMatchObject({ code: 5 })
    expect(unnamed(foreign)).toBe(unnamed(await ask({ instance: NEVER, taskId }, foreigner)))
    if (subject === 'task' || subject === 'operation') expect(foreign).toEqual(await ask({ instance: ALSO_OWN, taskId }, owner))
    expect((await client.list({ serviceInstanceId: OWN, pageSize: 1 })).revision).toBe(revision)
  })

  test('refuses those who lack the role, and does nothing', async () => {
    const taskId = await newTask()
    const { revision } = await client.list({ serviceInstanceId: OWN, pageSize: 1 })
    for (const lesser of ROLES.filter((candidate) => !MAY[candidate].includes(role))) {
      expect(await ask({ instance: OWN, taskId }, await tokenOf([OWN], [lesser]))).toMatchObject({ code: 7 })
      expect(await ask({ instance: OWN, taskId: 'no-such-task' }, await tokenOf([OWN], [lesser]))).toMatchObject({ code: 7 })
    }
    expect((await client.list({ serviceInstanceId: OWN, pageSize: 1 })).revision).toBe(revision)
  })

  test('serves those who have it', async () => {
    for (const enough of ROLES.filter((candidate) => MAY[candidate].includes(role))) {
      const outcome = await ask({ instance: OWN, taskId: await newTask() }, await tokenOf([OWN], [enough]))
      // The state of the task or its lease may be in the way: that is for those to hear who may call.
      expect([0, 9, 10]).toContain(outcome.code)
    }
  })
})

describe.each(ROUTES.filter(({ httpMethod }) => httpMethod === 'GET').map((route) => [route.template.text, route] as const))('HEAD %s', (_name, route) => {
  test('is for those who may GET', async () => {
    const taskId = await newTask()
    const ask = overRest(route, 'HEAD')
    const codes = [ask({ instance: OWN, taskId }), ask({ instance: OWN, taskId }, foreigner), ask({ instance: OWN, taskId }, owner)]
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual([401, 404, 0])
  })
})

/** All of an outcome but the name of the instance that was asked for, where it is told at all. */
function unnamed(outcome: Outcome): string {
  return JSON.stringify(outcome).replaceAll(OWN, 'X').replaceAll(NEVER, 'X')
}
