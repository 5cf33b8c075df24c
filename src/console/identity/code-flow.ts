// Signs in with an identity provider: the authorization code flow of OpenID Connect with PKCE (RFC 7636), as a public client.
// The code comes back in the URL, once and of no use without what this tab keeps; the token never does.
import type { TokenStore } from './session.js'

/** Where and as whom to sign in; the server publishes it. */
export interface SignInSettings {
  /** Its endpoints are found by OpenID Connect Discovery; the one for tokens has to be of the same origin. */
  readonly issuer: string
  readonly clientId: string
  /** Names with blanks between. */
  readonly scope: string
}

/** Where providers send people back to. */
export const RETURN_PATH = '/console/-/signed-in'
const PENDING = 'taskplane.sign-in'

/** What discovery tells of a provider. */
interface Provider {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
}

interface Pending {
  readonly state: string
  readonly verifier: string
  /** Where in the console somebody was. */
  readonly from: string
}

/** The URL to go to. What is needed on the way back is kept in `store`. Rejects with Error, for people. */
export async function authorizationUrl(settings: SignInSettings, store: TokenStore, here: { readonly origin: string; readonly from: string }): Promise<string> {
  const provider = await discover(settings)
  const pending: Pending = { state: randomText(), verifier: randomText(), from: here.from }
  store.setItem(PENDING, JSON.stringify(pending))
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier))
  const url = new URL(provider.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: here.origin + RETURN_PATH,
    scope: settings.scope,
    state: pending.state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** The token for the code in `search`, and where to go on. Throws Error, for people, when the provider or the way back is not what was begun. */
export async function tokenFor(
  settings: SignInSettings,
  store: TokenStore,
  back: { readonly origin: string; readonly search: string },
): Promise<{ readonly token: string; readonly from: string }> {
  const answer = new URLSearchParams(back.search)
  const pending = JSON.parse(store.getItem(PENDING) ?? 'null') as Pending | null
  store.removeItem(PENDING)
  const refusal = answer.get('error')
  if (refusal !== null) throw new Error(answer.get('error_description') ?? refusal)
  const code = answer.get('code')
  if (pending === null || code === null || answer.get('state') !== pending.state) throw new Error('this sign-in was not begun here')
  const provider = await discover(settings)
  const response = await fetch(provider.token_endpoint, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: back.origin + RETURN_PATH,
      client_id: settings.clientId,
      code_verifier: pending.verifier,
    }),
  })
  const grant = (await response.json().catch(() => ({}))) as { access_token?: unknown; error_description?: unknown }
  if (!response.ok || typeof grant.access_token !== 'string') {
    throw new Error(typeof grant.error_description === 'string' ? grant.error_description : `HTTP ${response.status}`)
  }
  return { token: grant.access_token, from: pending.from }
}

async function discover({ issuer }: SignInSettings): Promise<Provider> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`${issuer}: HTTP ${response.status}`)
  const provider = (await response.json()) as Provider & { readonly issuer: unknown }
  // OpenID Connect Discovery 1.0, section 4.3: a document of somebody else leads elsewhere.
  if (provider.issuer !== issuer) throw new Error(`${issuer} says that it is ${String(provider.issuer)}`)
  return provider
}

/** 256 random bits. */
function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)))
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
