// A browser for the tests, and pages that notice what they should not do.
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Starts Chromium. Rejects, and says what to do, when there is none. */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`There is no Chromium at ${CHROMIUM}: install one (apt-get install chromium), or say where it is in CHROMIUM`)
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    // The sandbox of the browser cannot run as root, and the pages are our own.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** The pages of a suite. */
export interface Pages {
  /** A page in a context of its own, which remembers nothing. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** From now on the test expects complaints of the browser that match. */
  forgive(complaint: RegExp): void
}

/** Pages for all tests of a file, which fail when a page complains, or asks anything outside of `origins`. */
export function suitePages(origins: () => readonly string[]): Pages {
  let browser: Browser
  let forgiven: RegExp[] = []
  const open = new Set<Page>()
  const outside: string[] = []
  const complaints: string[] = []
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    for (const page of open) await page.context().close()
    open.clear()
    expect(outside.splice(0)).toEqual([])
    expect(complaints.splice(0).filter((text) => !forgiven.some((pattern) => pattern.test(text)))).toEqual([])
    forgiven = []
  })
  return {
    forgive: (complaint) => forgiven.push(complaint),
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      open.add(page)
      page.on('request', (request) => {
        if (!origins().some((origin) => request.url().startsWith(`${origin}/`))) outside.push(request.url())
      })
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      return page
    },
  }
}
