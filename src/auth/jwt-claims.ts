// What the claims of a verified token say: who calls, and what that party may do where.
import { TASK_LIMITS } from '../limits.js'
import { ROLES, type Grant, type Role } from '../task/caller.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId, type InstanceId } from '../task/identifiers.js'
import type { ClaimNames } from './jwt-settings.js'

type Claims = Readonly<Record<string, unknown>>

/** What roles are called elsewhere, and what they are here. */
export type RoleNames = ReadonlyMap<string, readonly Role[]>

/** The text of the claim that names a caller. Throws Error when it is none, or too long for `created_by`. */
export function callerName(claims: Claims, claim: string): string {
  const name = claimAt(claims, claim)
  if (typeof name !== 'string' || name === '') throw new Error(`the claim ${claim} is no text`)
  if (Buffer.byteLength(name) > TASK_LIMITS.actorBytes) throw new Error(`the claim ${claim} is too long`)
  return name
}

/**
 * The grants in `claims`. Instances are a list, or text with blanks between, all with the same roles; or an object of roles
 * by instance. `*` is every instance. What is no instance or role grants nothing.
 */
export function claimedGrants(claims: Claims, { instances, roles }: ClaimNames, roleNames: RoleNames): Grant[] {
  const where = claimAt(claims, instances)
  if (isObject(where)) return Object.entries(where).flatMap(([instance, value]) => grantsOf([instance], rolesIn(value, roleNames)))
  return grantsOf(wordsIn(where), rolesIn(claimAt(claims, roles), roleNames))
}

function grantsOf(words: readonly string[], roles: readonly Role[]): Grant[] {
  if (words.includes('*')) return [{ instances: 'all', roles }]
  return [{ instances: words.filter(isInstanceId), roles }]
}

/** Whether `text` is the id of a service instance. */
export function isInstanceId(text: string): text is InstanceId {
  const violations = new FieldViolations()
  readInstanceId(text, violations)
  return !violations.hasAny
}

function rolesIn(value: unknown, roleNames: RoleNames): Role[] {
  return wordsIn(value).flatMap((word) => roleNames.get(word) ?? ROLES.filter((role) => role === word))
}

/** The words of a list of text, or of text with blanks between as in `scope` (RFC 8693, section 4.2). */
function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '')
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
}

function claimAt(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return ownValue(claims, name)
  const steps = name.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>((value, step) => ownValue(value, step), claims)
}

function ownValue(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
