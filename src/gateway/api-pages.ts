// The pages that describe an API: its OpenAPI document, and the page to try it. Made when first asked for.
import { docsPage, DOCS_PAGE_POLICY } from './docs-page.js'
import { openApiDocument } from './openapi.js'
import type { Route } from './route.js'
import type { Shared } from './shared.js'

/** A page that does not change. */
export interface ApiPage {
  readonly contentType: string
  readonly body: Uint8Array
  /** Value of `content-security-policy`. */
  readonly policy: string | undefined
}

/** The pages by path; none when the options ask for none. */
export function apiPages(routes: readonly Route[], { options, types }: Shared): Pick<ReadonlyMap<string, ApiPage>, 'get'> {
  const { openApi } = options
  if (openApi === undefined) return new Map<string, ApiPage>()
  const { path = '/openapi.json', docsPath = '/docs', title, others = [] } = openApi
  const status = types.message('google.rpc.Status')
  if (status === undefined) throw new Error('google.rpc.Status is not in the schema')
  const makers = new Map<string, () => ApiPage>([
    [
      path,
      () => ({
        contentType: 'application/json',
        body: Buffer.from(JSON.stringify(openApiDocument({ routes, options: openApi, json: options, status }))),
        policy: undefined,
      }),
    ],
    [
      docsPath,
      () => ({ contentType: 'text/html; charset=utf-8', body: Buffer.from(docsPage([{ title, path }, ...others], docsPath)), policy: DOCS_PAGE_POLICY }),
    ],
  ])
  const made = new Map<string, ApiPage>()
  return {
    get: (asked) => {
      const page = made.get(asked) ?? makers.get(asked)?.()
      if (page !== undefined) made.set(asked, page)
      return page
    },
  }
}
