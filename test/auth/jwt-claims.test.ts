// What claims grant, in the shapes that identity providers give them.
import { describe, expect, test } from 'vitest'
import { callerName, claimedGrants } from '../../src/auth/jwt-claims.js'
import type { ClaimNames } from '../../src/auth/jwt-settings.js'
import { TASK_LIMITS } from '../../src/limits.js'
import { Grants, ROLES, type Role } from '../../src/task/caller.js'
import { thrownBy } from '../support/outcome.js'

const DEFAULTS: ClaimNames = { name: 'sub', instances: 'instances', roles: 'roles' }
const INSTANCES = ['vdc-1', 'vdc-2', 'vdc-3'] as const

/** The roles that claims give, by instance; without those that are given by none. */
function granted(claims: Record<string, unknown>, names: Partial<ClaimNames> = {}, roleNames: Record<string, readonly Role[]> = {}): Record<string, string> {
  const grants = new Grants(claimedGrants(claims, { ...DEFAULTS, ...names }, new Map(Object.entries(roleNames))))
  const rows = INSTANCES.map((instance) => [instance, ROLES.filter((role) => grants.includes(role, instance)).join(' ')])
  return Object.fromEntries(rows.filter(([, roles]) => roles !== '')) as Record<string, string>
}

const ALL = 'reader operator producer admin'

describe('the documented shape', () => {
  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['lists', { instances: ['vdc-1', 'vdc-2'], roles: ['operator'] }, { 'vdc-1': 'reader operator', 'vdc-2': 'reader operator' }],
    ['text with blanks between', { instances: 'vdc-1 vdc-2', roles: 'producer reader' }, { 'vdc-1': 'reader producer', 'vdc-2': 'reader producer' }],
    ['roles by instance', { instances: { 'vdc-1': ['admin'], 'vdc-2': 'reader' }, roles: ['producer'] }, { 'vdc-1': ALL, 'vdc-2': 'reader' }],
    ['every instance', { instances: '*', roles: ['reader'] }, { 'vdc-1': 'reader', 'vdc-2': 'reader', 'vdc-3': 'reader' }],
    ['every instance by role', { instances: { '*': ['reader'], 'vdc-3': ['operator'] } }, { 'vdc-1': 'reader', 'vdc-2': 'reader', 'vdc-3': 'reader operator' }],
    ['two roles', { instances: ['vdc-1'], roles: ['operator', 'producer'] }, { 'vdc-1': 'reader operator producer' }],
  ])('%s', (_name, claims, expected) => expect(granted(claims)).toEqual(expected))

  test.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['no roles', { instances: ['vdc-1'] }],
    ['no instances', { roles: ['admin'] }],
    ['roles in other letters', { instances: ['vdc-1'], roles: ['Admin'] }],
    ['roles that are none', { instances: ['vdc-1'], roles: ['root', 7, null, { role: 'admin' }] }],
    ['instances that are none', { instances: ['vdc-1/../vdc-2', '', 7, null, ['vdc-1'], 'a'.repeat(129)], roles: ['admin'] }],
    ['a pattern', { instances: ['vdc-*'], roles: ['admin'] }],
    ['numbers and truths', { instances: true, roles: 1 }],
    ['what objects have of themselves', { instances: {}, roles: ['admin'] }],
  ])('%s grants nothing', (_name, claims) => expect(granted(claims)).toEqual({}))
})

describe('as others give it', () => {
  test('Keycloak: roles of a client and a user attribute', () => {
    const claims = { resource_access: { taskplane: { roles: ['operator'] } }, vdc: 'vdc-1' }
    expect(granted(claims, { instances: 'vdc', roles: '/resource_access/taskplane/roles' })).toEqual({ 'vdc-1': 'reader operator' })
  })

  test('Auth0: claims named by addresses', () => {
    const claims = { 'https://example.com/instances': ['vdc-1'], permissions: ['tasks:read'] }
    const names = { instances: 'https://example.com/instances', roles: 'permissions' }
    expect(granted(claims, names, { 'tasks:read': ['reader'] })).toEqual({ 'vdc-1': 'reader' })
    const pointer = { ...names, instances: '/https:~1~1example.com~1instances' }
    expect(granted(claims, pointer, { 'tasks:read': ['reader'] })).toEqual({ 'vdc-1': 'reader' })
  })

  test('Entra: app roles and scopes of other names', () => {
    const claims = { extn: { instance: 'vdc-2' }, roles: ['Tasks.Operate'], scp: 'Tasks.Read Tasks.Write' }
    const roleNames = { 'Tasks.Operate': ['operator'], 'Tasks.Write': ['producer'] } as const
    expect(granted(claims, { instances: '/extn/instance' }, roleNames)).toEqual({ 'vdc-2': 'reader operator' })
    expect(granted(claims, { instances: '/extn/instance', roles: 'scp' }, roleNames)).toEqual({ 'vdc-2': 'reader producer' })
  })

  test('Kubernetes: the namespace of a service account', () => {
    const claims = { 'kubernetes.io': { namespace: 'vdc-3', serviceaccount: { name: 'agent' } }, aud: 'reader' }
    expect(granted(claims, { instances: '/kubernetes.io/namespace', roles: 'aud' })).toEqual({ 'vdc-3': 'reader' })
  })

  test('a role that is given another meaning has only that', () => {
    expect(granted({ instances: ['vdc-1'], roles: ['admin'] }, {}, { admin: ['reader'] })).toEqual({ 'vdc-1': 'reader' })
  })

  test.each(['/instances/0', '/constructor/name', '/~0', '__proto__', 'toString'])('a pointer to %s finds no instance of others', (instances) => {
    expect(granted({ instances: ['*'], roles: ['admin'] }, { instances })).toEqual({})
  })
})

describe('the name of a caller', () => {
  const longest = 'a'.repeat(TASK_LIMITS.actorBytes)

  test('is text as long as created_by may be', () => expect(callerName({ sub: longest }, 'sub')).toBe(longest))

  test.each<[string, unknown, string]>([
    ['longer', `${longest}a`, 'the claim sub is too long'],
    ['no text', '', 'the claim sub is no text'],
    ['a number', 7, 'the claim sub is no text'],
    ['a list', ['alice'], 'the claim sub is no text'],
  ])('is not %s', (_name, sub, expected) => {
    expect((thrownBy(() => callerName({ sub }, 'sub')) as Error).message).toBe(expected)
  })

  test('can come from another claim', () => expect(callerName({ sub: '1', email: 'a@example.com' }, 'email')).toBe('a@example.com'))
})
