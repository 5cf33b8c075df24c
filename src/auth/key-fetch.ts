// Asks an identity provider for its keys. What it answers is not trusted to be small, quick or true.
import { JWT_LIMITS } from '../limits.js'
import type { KeySource } from './jwt-settings.js'

/** Fetches a JWK Set; rejects with an Error when that does not work, or with the reason of `signal`. */
export type KeyFetch = (signal: AbortSignal) => Promise<string>

/** How to fetch the keys of `issuer`. */
export function keyFetch(issuer: string, source: Exclude<KeySource, { kind: 'file' }>): KeyFetch {
  if (source.kind === 'url') return (signal) => fetchText(source.url, signal)
  return async (signal) => fetchText(await discover(issuer, signal), signal)
}

/** Whether keys may be fetched from `url`: over TLS, or from this machine. */
export function isTrustworthy(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
}

/** The address of the keys (OpenID Connect Discovery 1.0, sections 4 and 4.3). */
async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const text = await fetchText(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal)
  const { issuer: named, jwks_uri: keys } = JSON.parse(text) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  if (named !== issuer) throw new Error('the discovery document is that of another issuer')
  if (typeof keys !== 'string' || !isTrustworthy(keys)) throw new Error('the discovery document has no jwks_uri with https')
  return keys
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answers ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > JWT_LIMITS.keysBytes) throw new Error(`${url} answers more than ${JWT_LIMITS.keysBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
