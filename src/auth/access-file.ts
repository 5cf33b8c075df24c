// The access file: what the operator of a server grants callers whose credentials say nothing of instances and roles, such as
// client certificates and the tokens of Kubernetes service accounts, and what roles are called elsewhere.
import { ROLES, type Grant, type Role } from '../task/caller.js'
import { isInstanceId, type RoleNames } from './jwt-claims.js'

/** What an access file says. */
export interface AccessTable {
  /** Grants by `sub` of a token. */
  readonly subjects: ReadonlyMap<string, readonly Grant[]>
  /** Grants by a name in a client certificate: `URI:`, `DNS:` or `CN:` and the name. */
  readonly certificates: ReadonlyMap<string, readonly Grant[]>
  /** Roles by a word in the claim of roles; `reader`, `operator`, `producer` and `admin` mean themselves unless they stand here. */
  readonly roles: RoleNames
}

/** What holds without a file. */
export const NO_ACCESS: AccessTable = { subjects: new Map(), certificates: new Map(), roles: new Map() }

const CERTIFICATE_NAME = /^(?:URI|DNS|CN):./

/** Reads an access file. Throws an Error that says where it is wrong. */
export function readAccessFile(text: string): AccessTable {
  const { subjects, certificates, roles, ...others } = members('the file', JSON.parse(text))
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new Error(`has ${unknown}; expected subjects, certificates and roles`)
  const byCertificate = tableOf('certificates', certificates, grantsIn)
  for (const name of byCertificate.keys()) {
    if (!CERTIFICATE_NAME.test(name)) throw new Error(`certificates.${name}: expected URI:, DNS: or CN: and a name`)
  }
  return { subjects: tableOf('subjects', subjects, grantsIn), certificates: byCertificate, roles: tableOf('roles', roles, rolesIn) }
}

function tableOf<T>(at: string, value: unknown, read: (at: string, value: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(members(at, value ?? {})).map(([name, entry]) => [name, read(`${at}.${name}`, entry)]))
}

function grantsIn(at: string, value: unknown): Grant[] {
  return items(at, value).map((item, index) => {
    const { instances, roles, ...others } = members(`${at}[${index}]`, item)
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw new Error(`${at}[${index}] has ${unknown}; expected instances and roles`)
    return { instances: instancesIn(`${at}[${index}].instances`, instances), roles: rolesIn(`${at}[${index}].roles`, roles) }
  })
}

function instancesIn(at: string, value: unknown): Grant['instances'] {
  if (value === '*') return 'all'
  return items(at, value).map((item) => {
    if (typeof item !== 'string' || !isInstanceId(item)) throw new Error(`${at}: expected "*" or a list of service instance ids`)
    return item
  })
}

function rolesIn(at: string, value: unknown): Role[] {
  return items(at, value).map((item) => {
    const role = ROLES.find((candidate) => candidate === item)
    if (role === undefined) throw new Error(`${at}: expected a list of ${ROLES.join(', ')}`)
    return role
  })
}

function members(at: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${at}: expected an object`)
  return value as Readonly<Record<string, unknown>>
}

function items(at: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${at}: expected a list`)
  return value
}
