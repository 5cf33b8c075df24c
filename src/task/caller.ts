// Who makes a call, and what that party may do where.
import type { InstanceId } from './identifiers.js'

/**
 * What somebody may be in a service instance. A reader reads and follows; an operator also cancels, pauses and resumes; a
 * producer reads, records and ends work; an admin does all of it and sets policies.
 */
export const ROLES = ['reader', 'operator', 'producer', 'admin'] as const

/** One of ROLES. */
export type Role = (typeof ROLES)[number]

/** What each role may do beside what it is named for. */
const INCLUDED: Readonly<Record<Role, readonly Role[]>> = {
  reader: ['reader'],
  operator: ['reader', 'operator'],
  producer: ['reader', 'producer'],
  admin: ROLES,
}

/** Roles in some service instances, or in all of them. */
export interface Grant {
  readonly instances: readonly InstanceId[] | 'all'
  readonly roles: readonly Role[]
}

/** The party that a call comes from. */
export interface Caller {
  /** What `created_by` and `modified_by` say of it; at most 256 bytes. */
  readonly name: string
  /** What the call that it makes now is named in logs; undefined when it makes none. */
  readonly callId?: string
  readonly grants: Grants
  /** When its credentials end, in milliseconds since 1970; Infinity when they do not. */
  readonly expiresAt: number
}

/** What one caller may do where. */
export class Grants {
  private readonly everywhere: ReadonlySet<Role>
  private readonly byInstance: ReadonlyMap<string, ReadonlySet<Role>>

  constructor(grants: readonly Grant[]) {
    const everywhere = new Set<Role>()
    const byInstance = new Map<string, Set<Role>>()
    for (const { instances, roles } of grants) {
      const included = roles.flatMap((role) => INCLUDED[role])
      if (instances === 'all') included.forEach((role) => everywhere.add(role))
      else if (included.length > 0) {
        for (const instance of instances) byInstance.set(instance, new Set([...(byInstance.get(instance) ?? []), ...included]))
      }
    }
    this.everywhere = everywhere
    this.byInstance = byInstance
  }

  /** Whether the caller has `role` in `instance`. */
  includes(role: Role, instance: string): boolean {
    return this.everywhere.has(role) || this.byInstance.get(instance)?.has(role) === true
  }

  /** The instances that the caller may read; undefined: all. Every role reads. */
  get readable(): readonly InstanceId[] | undefined {
    return this.everywhere.size > 0 ? undefined : ([...this.byInstance.keys()] as InstanceId[])
  }
}

/** The instances that a list across instances may show to `caller`, in no order; undefined: all there are. */
export function readableInstances({ grants }: Caller): readonly InstanceId[] | undefined {
  return grants.readable
}
