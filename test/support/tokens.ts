// Signs tokens as an identity provider does, and as those do who are none.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

export const ISSUER = 'https://login.example.com/realms/cloud'
export const AUDIENCE = 'taskplane'

/** A key that signs, and what the public may know of it. */
export interface Signer {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/** A new key. */
export async function newSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Claims, with those that a good token has; `undefined` leaves one out. */
export function goodClaims(changes: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    iat: now,
    exp: now + 600,
    instances: ['vdc-1'],
    roles: ['admin'],
    ...changes,
  }
}

/** A token that `signer` has signed. */
export function sign(signer: Signer, claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return new SignJWT(goodClaims(claims)).setProtectedHeader({ alg: signer.alg, kid: signer.kid, typ: 'at+jwt', ...header }).sign(signer.privateKey)
}

/** Writes the keys to `keys.json` in `directory`, and answers the variables of a server that goes by them. */
export function keyFileVariables(directory: string, signers: readonly Pick<Signer, 'jwk'>[]): Record<string, string> {
  const path = join(directory, 'keys.json')
  writeFileSync(path, JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }))
  return {
    TASKPLANE_AUTH: 'jwt',
    TASKPLANE_JWT_ISSUER: ISSUER,
    TASKPLANE_JWT_AUDIENCE: AUDIENCE,
    TASKPLANE_JWT_JWKS_FILE: path,
  }
}
