// Limits of what callers show to be let in: tokens and certificates.
import { HOUR, KIB, MINUTE, SECOND } from '../base/units.js'

/** Tokens that callers show, and the keys that they are checked with. */
export const JWT_LIMITS = {
  /** Bytes of a token: with it the headers of a request stay well under the 16 KiB that they may have. */
  tokenBytes: 8 * KIB,
  /** Milliseconds that the clocks of those who sign and of this server may differ. */
  skewMs: 30 * SECOND,
  /** Milliseconds from `iat` to `exp`: nothing else ends a token that got lost. */
  lifeMs: 24 * HOUR,
  /** Milliseconds that the keys of an identity provider are used before they are fetched again. */
  keysFreshMs: 10 * MINUTE,
  /** Milliseconds between two attempts to fetch keys, whatever key ids callers name. */
  keysCooldownMs: 30 * SECOND,
  /** Milliseconds that one attempt may take, discovery included. */
  keysTimeoutMs: 5 * SECOND,
  /** Milliseconds that keys are used while no newer ones can be had. */
  keysStaleMs: 24 * HOUR,
  /** Bytes of what an identity provider answers. */
  keysBytes: 256 * KIB,
  /** Milliseconds that a token is not checked again: how much longer one counts whose key or grants were taken back. */
  rememberMs: 10 * SECOND,
  /** Tokens that are not checked again. */
  remembered: 1000,
} as const

/** TLS on every port. */
export const TLS_LIMITS = {
  /** Milliseconds that a handshake may take. */
  handshakeMs: 5 * SECOND,
  /** Milliseconds between two looks at the files of certificates, keys and access. */
  reloadMs: 10 * SECOND,
} as const
