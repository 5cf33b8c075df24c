// An identity provider on a port of its own: discovery and keys, and everything that can go wrong with them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Signer } from './tokens.js'

/** Answers a request of the provider in place of the usual answer. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => void

/** A provider that runs until the test ends. */
export interface IdentityProvider {
  readonly issuer: string
  readonly keysUrl: string
  /** The keys that it publishes. */
  keys: readonly Signer[]
  /** What it does instead; undefined: what it should. */
  misbehaviour: Misbehaviour | undefined
  /** How often its keys were asked for. */
  readonly requests: number
}

/** Starts one. */
export async function startIdentityProvider(keys: readonly Signer[]): Promise<IdentityProvider> {
  const server = createServer((request, response) => {
    if (request.url === '/keys') provider.requests += 1
    if (provider.misbehaviour !== undefined) provider.misbehaviour(request, response)
    else if (request.url === '/keys') response.end(JSON.stringify({ keys: provider.keys.map(({ jwk }) => jwk) }))
    else if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: provider.issuer, jwks_uri: provider.keysUrl }))
    } else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = { issuer, keysUrl: `${issuer}/keys`, keys, misbehaviour: undefined as Misbehaviour | undefined, requests: 0 }
  return provider
}
