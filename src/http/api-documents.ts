// The OpenAPI documents of the APIs beside the contract: served, and linked from the page of the gateway.
import type { Express } from 'express'
import type { DocumentLink } from '../gateway/options.js'
import type { JsonMap } from '../gateway/openapi-schema.js'
import { astraOpenApi } from './astra/astra-openapi.js'
import { nseOpenApi } from './nse/nse-openapi.js'

/** A document of a face. */
interface ApiDocument extends DocumentLink {
  readonly make: () => JsonMap
}

/** One for each face. */
export const API_DOCUMENTS: readonly ApiDocument[] = [
  { title: 'Astra tasks', path: '/openapi/astra.json', make: astraOpenApi },
  { title: 'Service Engine jobs', path: '/openapi/nse.json', make: nseOpenApi },
]

/** Serves the documents. */
export function serveDocuments(app: Express): void {
  for (const { path, make } of API_DOCUMENTS) {
    const document = make()
    app.get(path, (_request, response) => {
      response.json(document)
    })
  }
}
