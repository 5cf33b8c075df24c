// An identity provider as far as a browser meets one: discovery, a sign-in that asks nothing, and tokens for codes with PKCE.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { newSigner, sign } from '../../support/tokens.js'

/** A running provider. */
export interface IdentityProvider {
  readonly issuer: string
  /** What is answered to whoever wants to sign in, in place of a code; undefined: codes are given. */
  refusal: string | undefined
  /** A token with `claims` beside the usual ones. */
  token(claims?: Readonly<Record<string, unknown>>): Promise<string>
  close(): void
}

export const CLIENT_ID = 'taskplane-console'

/** What was asked for with a code. */
interface Asked {
  readonly challenge: string
  readonly redirectUri: string
}

/** Starts a provider on a free port. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const signer = await newSigner('k1')
  const codes = new Map<string, Asked>()
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const token = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> => sign(signer, { iss: issuer, ...claims })
  const provider: IdentityProvider = { issuer, refusal: undefined, token, close }

  function close(): void {
    server.closeAllConnections()
    server.close()
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer)
    // Public clients ask from pages of other origins.
    response.setHeader('access-control-allow-origin', '*')
    if (url.pathname === '/.well-known/openid-configuration') {
      json(response, 200, { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys` })
    } else if (url.pathname === '/keys') json(response, 200, { keys: [signer.jwk] })
    else if (url.pathname === '/authorize') authorize(url.searchParams, response)
    else if (url.pathname === '/token') await exchange(new URLSearchParams(await text(request)), response)
    else response.writeHead(404).end()
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const back = new URL(query.get('redirect_uri') ?? '')
    back.searchParams.set('state', query.get('state') ?? '')
    const isSound = query.get('response_type') === 'code' && query.get('client_id') === CLIENT_ID && query.get('code_challenge_method') === 'S256'
    const refusal = provider.refusal ?? (isSound ? undefined : 'invalid_request')
    if (refusal !== undefined) back.searchParams.set('error', refusal)
    else {
      const code = randomUUID()
      codes.set(code, { challenge: query.get('code_challenge') ?? '', redirectUri: query.get('redirect_uri') ?? '' })
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { location: back.href }).end()
  }

  async function exchange(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const asked = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    if (asked?.challenge !== challenge || asked.redirectUri !== form.get('redirect_uri')) {
      json(response, 400, { error: 'invalid_grant' })
      return
    }
    json(response, 200, { access_token: await token(), token_type: 'Bearer' })
  }

  return provider
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
