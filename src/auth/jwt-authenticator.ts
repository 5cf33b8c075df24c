// Callers who show a signed token (RFC 7519, RFC 9068, RFC 8725).
import { jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose'
import { JWT_LIMITS } from '../limits.js'
import { Grants, type Caller } from '../task/caller.js'
import { TaskError } from '../task/task-error.js'
import type { AccessTable } from './access-file.js'
import { notAuthenticated, type Authenticator, type Credentials } from './authenticator.js'
import { readBearerToken } from './bearer-token.js'
import { callerName, claimedGrants } from './jwt-claims.js'
import type { JwtSettings } from './jwt-settings.js'
import type { SigningKeys } from './signing-keys.js'
import { checkTokenForm } from './token-form.js'

/** Accepts tokens of one issuer. */
export class JwtAuthenticator implements Authenticator {
  private readonly settings: JwtSettings
  private readonly keys: SigningKeys
  private readonly access: () => AccessTable

  constructor(settings: JwtSettings, keys: SigningKeys, access: () => AccessTable) {
    this.settings = settings
    this.keys = keys
    this.access = access
  }

  async authenticate({ authorization }: Credentials): Promise<Caller> {
    try {
      const token = readBearerToken(authorization)
      if (token === undefined) throw new Error('there is no Authorization header')
      checkTokenForm(token)
      return this.callerOf(await this.verify(token))
    } catch (error) {
      // Everything in a token is its sender's, so whatever goes wrong with it is no fault of ours.
      throw error instanceof TaskError ? error : notAuthenticated(error)
    }
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audiences, algorithms, types } = this.settings
    const { payload, protectedHeader } = await jwtVerify(token, this.keys.find, {
      issuer,
      audience: [...audiences],
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: JWT_LIMITS.lifeMs / 1000,
      clockTolerance: JWT_LIMITS.skewMs / 1000,
    })
    if (!types.includes(typeOf(protectedHeader))) throw new Error(`the token is of type ${typeOf(protectedHeader)}`)
    return payload
  }

  private callerOf(payload: JWTPayload): Caller {
    const { sub, exp = NaN, iat = NaN } = payload
    if (typeof sub !== 'string' || sub === '') throw new Error('sub is no text')
    if (!(exp - iat <= JWT_LIMITS.lifeMs / 1000)) throw new Error('the token lives too long')
    const { claims } = this.settings
    const { roles, subjects } = this.access()
    return {
      name: callerName(payload, claims.name),
      grants: new Grants([...claimedGrants(payload, claims, roles), ...(subjects.get(sub) ?? [])]),
      // As long as it would be accepted.
      expiresAt: exp * 1000 + JWT_LIMITS.skewMs,
    }
  }
}

/** `typ`, compared as media types are (RFC 7515, section 4.1.9). */
function typeOf({ typ }: JWTHeaderParameters): string {
  return typ === undefined ? 'absent' : typ.toLowerCase().replace(/^application\//, '')
}
