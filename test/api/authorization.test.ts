// Who may do what, for the methods of the contract and for faces beside it.
import { describe, expect, test } from 'vitest'
import { authorize, type Access } from '../../src/api/authorization.js'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { Grants, readableInstances, ROLES, type Caller, type Grant } from '../../src/task/caller.js'
import type { InstanceId } from '../../src/task/identifiers.js'
import { StatusError } from '../../src/base/status-error.js'
import type { TaskError } from '../../src/task/task-error.js'
import { NO_CREDENTIALS } from '../support/credentials.js'

const id = (text: string): InstanceId => text as InstanceId

function callerWith(...grants: readonly Grant[]): Caller {
  return { name: 'tester', grants: new Grants(grants), expiresAt: Infinity }
}

function decision(caller: Caller, access: Access): string {
  try {
    authorize(caller, access)
    return 'allowed'
  } catch (error) {
    return (error as TaskError).reason
  }
}

const operator = callerWith({ instances: [id('a'), id('b')], roles: ['operator'] }, { instances: [id('b')], roles: ['producer'] })
const auditor = callerWith({ instances: 'all', roles: ['reader'] }, { instances: [id('a')], roles: ['admin'] })
const nobody = callerWith({ instances: [id('a')], roles: [] })

describe('a decision', () => {
  test.each<[string, Caller, Access, string]>([
    ['a role that is had', operator, { role: 'operator', instance: 'a' }, 'allowed'],
    ['a role that another has in it', operator, { role: 'reader', instance: 'a' }, 'allowed'],
    ['roles that add up', operator, { role: 'producer', instance: 'b' }, 'allowed'],
    ['a role that is had elsewhere', operator, { role: 'producer', instance: 'a' }, 'ROLE_MISSING'],
    ['a role that is had in all', auditor, { role: 'reader', instance: 'z' }, 'allowed'],
    ['more than is had in all', auditor, { role: 'operator', instance: 'z', taskId: 't' }, 'ROLE_MISSING'],
    ['more in one than in all', auditor, { role: 'operator', instance: 'a', taskId: 't' }, 'allowed'],
    ['a foreign instance', operator, { role: 'reader', instance: 'c' }, 'INSTANCE_NOT_FOUND'],
    ['a task of it', operator, { role: 'reader', instance: 'c', taskId: 't' }, 'TASK_NOT_FOUND'],
    ['a task of it that could not be', operator, { role: 'reader', instance: 'c', taskId: 'a b' }, 'INVALID_FIELD'],
    ['an instance that could not be', operator, { role: 'reader', instance: 'a b' }, 'INVALID_FIELD'],
    ['an instance that is not named', operator, { role: 'reader', instance: '' }, 'INVALID_FIELD'],
    ['a grant without a role', nobody, { role: 'reader', instance: 'a' }, 'INSTANCE_NOT_FOUND'],
    ['whatever may be read', nobody, { role: 'reader', instance: undefined }, 'allowed'],
    ['a name of every object', operator, { role: 'reader', instance: 'constructor' }, 'INSTANCE_NOT_FOUND'],
  ])('on %s', (_name, caller, access, expected) => expect(decision(caller, access)).toBe(expected))
})

test('the instances to list are those with any role', () => {
  expect(readableInstances(operator)?.toSorted()).toEqual(['a', 'b'])
  expect(readableInstances(auditor)).toBeUndefined()
  expect(readableInstances(nobody)).toEqual([])
  for (const role of ROLES) expect(readableInstances(callerWith({ instances: [id('a')], roles: [role] }))).toEqual(['a'])
})

describe('a face beside the contract', () => {
  const call = { callId: 'call-1', credentials: NO_CREDENTIALS, signal: new AbortController().signal, deadline: Infinity }
  const operation = { name: 'face.get', waits: false, writes: false }

  function dispatcherFor(caller: Caller): Dispatcher {
    return new Dispatcher({ authenticate: () => Promise.resolve(caller) }, (error) => expect.fail(String(error)))
  }

  test('does its work for who may', async () => {
    const access = { role: 'operator', instance: 'a' } as const
    expect(await dispatcherFor(operator).perform({ ...operation, access }, call, ({ caller }) => Promise.resolve(caller.name))).toBe('tester')
  })

  test.each([
    [{ role: 'admin', instance: 'a' } as const, 7],
    [{ role: 'reader', instance: 'c', taskId: 't' } as const, 5],
  ])('does none of it for others: %j', async (access, code) => {
    const work = (): Promise<void> => expect.fail('It ran')
    const refusal: unknown = await dispatcherFor(operator).perform({ ...operation, access }, call, work).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(StatusError)
    expect((refusal as StatusError).code).toBe(code)
  })

  test('ends when the credentials do', async () => {
    const expiresAt = Date.now() + 50
    const access = { role: 'reader', instance: 'a' } as const
    const endless = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    const refusal: unknown = await dispatcherFor({ ...operator, expiresAt }).perform({ ...operation, access }, call, endless).catch((error: unknown) => error)
    expect((refusal as StatusError).code).toBe(16)
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt - 1)
  })
})
