// What the server says of itself to its own page, at /console/-/settings.json.
import type { SignInSettings } from './code-flow.js'

/** The settings. */
export interface ServerSettings {
  readonly grpcPort: number
  /** Whether calls need a token. */
  readonly needsToken: boolean
  /** Undefined when the server names no identity provider: then a token is asked for. */
  readonly signIn?: SignInSettings
}

/** Loads them. Rejects with Error. */
export async function loadSettings(): Promise<ServerSettings> {
  const response = await fetch('/console/-/settings.json')
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return (await response.json()) as ServerSettings
}
