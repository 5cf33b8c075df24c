// The console of a server that wants to know who calls: tokens that are pasted, and an identity provider. Neither leaves a
// token in a URL, nor anything behind when the tab is closed.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer, type ServerProcess } from '../support/server-process.js'
import { suiteDirectory } from '../support/temporary-directory.js'
import { AUDIENCE } from '../support/tokens.js'
import { suitePages } from './support/browser.js'
import { CLIENT_ID, startIdentityProvider, type IdentityProvider } from './support/identity-provider.js'

const directory = suiteDirectory()
let server: ServerProcess
let provider: IdentityProvider
const pages = suitePages(() => [server.url, provider.issuer])
const urls: string[] = []

beforeAll(async () => {
  provider = await startIdentityProvider()
  const env = {
    TASKPLANE_AUTH: 'jwt',
    TASKPLANE_JWT_ISSUER: provider.issuer,
    TASKPLANE_JWT_AUDIENCE: AUDIENCE,
    TASKPLANE_CONSOLE_CLIENT_ID: CLIENT_ID,
  }
  server = await startServer(directory(), { env })
})

afterAll(async () => {
  expect(await server.stop()).toBe(0)
  provider.close()
})

beforeEach(() => {
  provider.refusal = undefined
  // Every first request is refused, which the browser notes.
  pages.forgive(/401/)
})

afterEach(() => {
  expect(urls.splice(0).filter((url) => url.includes('eyJ'))).toEqual([])
})

async function open(path: string): Promise<Page> {
  const page = await pages.open()
  page.on('request', (request) => urls.push(request.url()))
  page.on('framenavigated', (frame) => urls.push(frame.url()))
  await page.goto(`${server.url}/console/${path}`)
  return page
}

async function paste(page: Page, pasted: string): Promise<void> {
  await page.getByLabel('Access token').fill(pasted)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test('a token is asked for, taken, and kept for this tab alone', async () => {
  const page = await open('vdc-1')
  await page.getByRole('dialog', { name: 'This server wants to know who you are' }).waitFor()
  // The browser closes what is escaped from twice, whatever the page says to that.
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor()
  await paste(page, `  ${await provider.token()}\n`)
  await page.getByText('No tasks yet in vdc-1').waitFor()
  await page.getByText('Live').waitFor()
  await page.reload()
  await page.getByText('No tasks yet in vdc-1').waitFor()
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ')
  expect(await page.context().cookies()).toEqual([])
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Whose work do you want to see?', exact: true }).waitFor()
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('eyJ')
})

test('a token that is not taken is asked for again', async () => {
  const page = await open('vdc-1')
  await paste(page, 'eyJub3QiOiJvbmUifQ.e30.x')
  await page.getByRole('dialog', { name: 'Your sign-in has ended' }).waitFor()
  await paste(page, await provider.token())
  await page.getByText('No tasks yet in vdc-1').waitFor()
})

test('what a caller may not see is said', async () => {
  // To who may not see it, it is not there.
  pages.forgive(/404/)
  const page = await open('vdc-2')
  await paste(page, await provider.token())
  await page.getByText('The server refused this').waitFor()
})

test('a token that ends while the page is open is asked for again, and nothing is missed', async () => {
  const now = Math.floor(Date.now() / 1000)
  const page = await open('vdc-1')
  // The server allows 30 seconds for clocks that differ.
  await paste(page, await provider.token({ iat: now - 600, exp: now - 24 }))
  await page.getByText('Live').waitFor()
  await page.getByRole('dialog', { name: 'Your sign-in has ended' }).waitFor()
  const fresh = await provider.token()
  const headers = { authorization: `Bearer ${fresh}`, 'content-type': 'application/json' }
  await fetch(`${server.url}/openshift/v1/vdc-1/tasks`, { method: 'POST', headers, body: '{"command":"while.away"}' })
  await paste(page, fresh)
  await page.getByText('while.away').first().waitFor()
  await page.getByText('Live').waitFor()
})

test('the identity provider signs in, and leads back to where one was', async () => {
  const page = await open('vdc-1/tasks?status=FAILED')
  await page.getByRole('button', { name: `Sign in with ${new URL(provider.issuer).host}` }).click()
  await page.getByText('No task matches').waitFor()
  expect(page.url()).toBe(`${server.url}/console/vdc-1/tasks?status=FAILED`)
  const challenges = urls.filter((url) => url.includes('/authorize'))
  expect(challenges.length).toBeGreaterThan(0)
  expect(challenges.every((url) => url.includes('code_challenge_method=S256'))).toBe(true)
})

test('a provider that refuses is quoted', async () => {
  provider.refusal = 'access_denied'
  const page = await open('vdc-1')
  await page.getByRole('button', { name: /^Sign in with/ }).click()
  await page.getByRole('alert').getByText('Signing in did not work: access_denied').waitFor()
  expect(page.url()).toBe(`${server.url}/console`)
})

test('a way back that was not begun here is no sign-in', async () => {
  const page = await open('-/signed-in?code=stolen&state=guessed')
  await page.getByRole('alert').getByText(/this sign-in was not begun here/).waitFor()
  expect(urls.filter((url) => url.startsWith(`${provider.issuer}/token`))).toEqual([])
})
