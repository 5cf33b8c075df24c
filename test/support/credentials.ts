// What tests show of who calls.
import type { Credentials } from '../../src/auth/authenticator.js'

/** Nothing. */
export const NO_CREDENTIALS: Credentials = { authorization: [], certificate: () => undefined }
