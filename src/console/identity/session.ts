// Who uses the console: a bearer token, kept for this tab alone. It goes into a header of requests and nowhere else.
import type { Send } from '../api/request.js'

/** Where a token outlives a reload; sessionStorage in a browser. */
export interface TokenStore {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

/** Whether somebody has to sign in, and why. */
export type SignInNeed = 'none' | 'first' | 'again'

const TOKEN = 'taskplane.token'

/** The session of a tab. Requests that are refused for want of a token wait for one, and are sent again. */
export class Session {
  private readonly store: TokenStore
  private readonly sendPlain: Send
  private readonly listeners = new Set<() => void>()
  private waiting: (() => void)[] = []
  private isAsking = false
  private wasSignedIn: boolean

  constructor(store: TokenStore, sendPlain: Send) {
    this.store = store
    this.sendPlain = sendPlain
    this.wasSignedIn = this.token !== null
  }

  /** Whether somebody has to sign in before anything goes on. */
  get need(): SignInNeed {
    if (!this.isAsking) return 'none'
    return this.wasSignedIn ? 'again' : 'first'
  }

  get isSignedIn(): boolean {
    return this.token !== null
  }

  /** Hears of each change of `need` and `isSignedIn`; the result ends that. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Asks for somebody to sign in. */
  ask(): void {
    this.isAsking = true
    for (const listener of this.listeners) listener()
  }

  /** Takes a token; what waited is sent again. */
  signIn(token: string): void {
    this.store.setItem(TOKEN, token)
    this.wasSignedIn = true
    this.isAsking = false
    const { waiting } = this
    this.waiting = []
    for (const go of waiting) go()
    for (const listener of this.listeners) listener()
  }

  /** Forgets the token; the page has to be loaded anew, so that nothing stays of what it showed. */
  signOut(): void {
    this.store.removeItem(TOKEN)
  }

  /** Sends a request with the token. While the server wants another one, it waits until somebody signs in or its signal aborts. */
  readonly send: Send = async (path, init = {}) => {
    for (;;) {
      const { token } = this
      const headers = new Headers(init.headers)
      if (token !== null) headers.set('authorization', `Bearer ${token}`)
      const response = await this.sendPlain(path, { ...init, headers })
      if (response.status !== 401) return response
      await response.body?.cancel()
      // Another request may have learned of it before, and somebody signed in meanwhile.
      if (token === this.token) await this.signedIn(init.signal ?? undefined)
    }
  }

  private get token(): string | null {
    return this.store.getItem(TOKEN)
  }

  private signedIn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const leave = (): void => {
        this.waiting = this.waiting.filter((waiting) => waiting !== resolve)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.waiting.push(resolve)
      this.ask()
    })
  }
}
