// The settings of the console: how people sign in there.
import { isTrustworthy } from '../auth/key-fetch.js'
import type { IdentityConfig } from './read-identity.js'
import { faultOf, type Setting } from './setting.js'

/** By their names in the configuration. */
export const CONSOLE_SETTINGS = {
  consoleClientId: {
    flag: 'console-client-id',
    variable: 'TASKPLANE_CONSOLE_CLIENT_ID',
    form: 'id',
    fallback: '',
    description: 'the console at the issuer of tokens, a public client of OpenID Connect; without it, people paste a token',
  },
  consoleScope: {
    flag: 'console-scope',
    variable: 'TASKPLANE_CONSOLE_SCOPE',
    form: 'names',
    fallback: 'openid',
    description: 'what the console asks that issuer for, with blanks between',
  },
} as const satisfies Readonly<Record<string, Setting>>

/** Where and as whom the console signs people in. */
export interface ConsoleSignIn {
  /** Its endpoints are found by OpenID Connect Discovery. */
  readonly issuer: string
  readonly clientId: string
  readonly scope: string
}

/** Reads them; undefined when people paste a token, or are asked for none. Faults go to `faults`. */
export function readConsole(
  { consoleClientId: clientId, consoleScope: scope }: Readonly<Record<keyof typeof CONSOLE_SETTINGS, string>>,
  { jwt }: IdentityConfig,
  faults: string[],
): ConsoleSignIn | undefined {
  if (clientId === '') return undefined
  if (jwt === undefined || !isTrustworthy(jwt.issuer)) {
    faults.push(faultOf(CONSOLE_SETTINGS.consoleClientId, clientId, 'nothing without --auth jwt and an https URL as --jwt-issuer'))
    return undefined
  }
  return { issuer: jwt.issuer, clientId, scope }
}
