// The caller when nobody is asked who they are.
import type { Caller } from '../task/caller.js'

/** Every caller of a server without authentication. */
export const ANONYMOUS: Caller = { name: 'anonymous' }
