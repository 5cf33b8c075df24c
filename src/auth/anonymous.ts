// The caller when nobody is asked who they are.
import { Grants, type Caller } from '../task/caller.js'
import type { Authenticator } from './authenticator.js'

/** Every caller of a server without authentication: may do everything everywhere. */
export const ANONYMOUS: Caller = {
  name: 'anonymous',
  grants: new Grants([{ instances: 'all', roles: ['admin'] }]),
  expiresAt: Infinity,
}

/** Asks nobody who they are. */
export const anonymousAuthenticator: Authenticator = {
  authenticate: () => ANONYMOUS,
}
