// How tokens are checked, and what their claims mean: what an operator decides.

/** Where the keys are that tokens are signed with. */
export type KeySource =
  /** OpenID Connect Discovery at the issuer. */
  | { readonly kind: 'discovery' }
  | { readonly kind: 'url'; readonly url: string }
  /** A JWK Set in a file. */
  | { readonly kind: 'file'; readonly path: string }

/** Signatures that can be checked without knowing a secret (RFC 7518, RFC 8037). */
export const SIGNATURE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

/** Everything a token must be. */
export interface JwtSettings {
  /** `iss`, to the letter. */
  readonly issuer: string
  /** One of them must be in `aud`. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
  /** `typ`, in lower case and without `application/`; `absent` lets tokens pass that have none. */
  readonly types: readonly string[]
  readonly keys: KeySource
  readonly claims: ClaimNames
}

/** Which claims say what: a name, or a JSON Pointer (RFC 6901) when it begins with a slash. */
export interface ClaimNames {
  /** What `created_by` says. */
  readonly name: string
  readonly instances: string
  readonly roles: string
}
