// The bearer token of a call (RFC 6750): none, or exactly one.
import { JWT_LIMITS } from '../limits.js'

/** A scheme in any case, one or more blanks, and the characters that RFC 6750, section 2.1, gives tokens. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/** The token among the values of `Authorization`; undefined without any. Throws Error when there is anything else. */
export function readBearerToken(authorization: readonly string[]): string | undefined {
  const [value, ...others] = authorization
  if (value === undefined) return undefined
  if (others.length > 0) throw new Error('more than one Authorization header')
  if (value.length > JWT_LIMITS.tokenBytes + 'Bearer '.length) throw new Error('the token is too large')
  const token = BEARER.exec(value)?.[1]
  if (token === undefined) throw new Error('the Authorization header holds no bearer token')
  if (token.length > JWT_LIMITS.tokenBytes) throw new Error('the token is too large')
  return token
}
