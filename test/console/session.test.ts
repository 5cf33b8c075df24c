// A session: requests wait for somebody to sign in, and go on.
import { expect, test } from 'vitest'
import { Session, type TokenStore } from '../../src/console/identity/session.js'
import type { Send } from '../../src/console/api/request.js'

function memory(entries: Readonly<Record<string, string>> = {}): TokenStore & { readonly held: Map<string, string> } {
  const held = new Map(Object.entries(entries))
  return {
    held,
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => held.set(name, value),
    removeItem: (name) => held.delete(name),
  }
}

/** A server that takes one token, and what it was sent. */
function gate(token: string): { readonly send: Send; readonly seen: (string | null)[] } {
  const seen: (string | null)[] = []
  return {
    seen,
    send: (_path, init) => {
      const sent = new Headers(init?.headers).get('authorization')
      seen.push(sent)
      return Promise.resolve(new Response('{}', { status: sent === `Bearer ${token}` ? 200 : 401 }))
    },
  }
}

test('every request that is refused waits for one sign-in, and is sent again with its token', async () => {
  const { send, seen } = gate('good')
  const store = memory()
  const session = new Session(store, send)
  const needs: string[] = []
  session.listen(() => needs.push(session.need))
  const answers = Promise.all([session.send('/a'), session.send('/b')])
  await expect.poll(() => seen.length).toBe(2)
  expect(session.need).toBe('first')
  session.signIn('good')
  expect((await answers).map(({ status }) => status)).toEqual([200, 200])
  expect(seen).toEqual([null, null, 'Bearer good', 'Bearer good'])
  expect(needs.at(-1)).toBe('none')
  expect([...store.held.values()]).toEqual(['good'])
})

test('a token that is no longer taken asks again', async () => {
  const { send } = gate('new')
  const session = new Session(memory({ 'taskplane.token': 'old' }), send)
  const answer = session.send('/a')
  await expect.poll(() => session.need).toBe('again')
  session.signIn('new')
  expect((await answer).status).toBe(200)
})

test('a request that nobody waits for any more ends; the question stays', async () => {
  const session = new Session(memory(), gate('good').send)
  const left = new AbortController()
  const answer = session.send('/a', { signal: left.signal })
  await expect.poll(() => session.need).toBe('first')
  left.abort(new Error('gone'))
  await expect(answer).rejects.toThrow('gone')
  expect(session.need).toBe('first')
})

test('who signs out is forgotten', () => {
  const store = memory({ 'taskplane.token': 'good' })
  const session = new Session(store, gate('good').send)
  expect(session.isSignedIn).toBe(true)
  session.signOut()
  expect([session.isSignedIn, store.held.size]).toEqual([false, 0])
})
