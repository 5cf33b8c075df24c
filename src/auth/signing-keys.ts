// The public keys that tokens are checked with: what holds for all of them, wherever they come from.
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** Finds the key that a token names; rejects with an error of jose when there is none. */
export interface SigningKeys {
  readonly find: JWTVerifyGetKey
}

/** A JWK Set (RFC 7517) as keys. Throws Error unless it is one with at least one key, and only public ones. */
export function readKeySet(text: string): JWTVerifyGetKey {
  const set = JSON.parse(text) as JSONWebKeySet
  const keys = createLocalJWKSet(set)
  if (set.keys.length === 0) throw new Error('holds no key')
  const isSecret = set.keys.some((key) => key.kty === 'oct' || 'd' in key)
  if (isSecret) throw new Error('holds a key that is secret; expected public keys only')
  return keys
}
