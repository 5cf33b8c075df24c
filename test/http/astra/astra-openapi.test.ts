// The OpenAPI document of the Astra face: valid, and of the same mind as the documents it was written after.
import { expect, test } from 'vitest'
import { astraOpenApi } from '../../../src/http/astra/astra-openapi.js'
import { PROBLEMS } from '../../../src/http/astra/problem.js'
import { validateOpenApi } from '../../support/openapi-document.js'
import { faultsOfProblem } from './astra-schema.js'

interface Document {
  readonly paths: Readonly<Record<string, { readonly get: { readonly responses: Readonly<Record<string, Response>> } }>>
  readonly components: { readonly schemas: { readonly Task: { readonly required: readonly string[] } } }
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>>
}

const document = astraOpenApi() as unknown as Document

test('it is OpenAPI', async () => {
  expect(await validateOpenApi(document)).toEqual({ version: '3.1', errors: [] })
})

test('a task has what the documents require', () => {
  expect(document.components.schemas.Task.required).toEqual([
    'type', 'version', 'id', 'name', 'summary', 'description', 'resourceID', 'resourceURI', 'resourceCollectionURI',
    'state', 'stateTransitions', 'stateDetails', 'metadata',
  ])
})

test('every problem there can be is an example of each operation', () => {
  for (const { get } of Object.values(document.paths)) {
    const examples = Object.values(get.responses).flatMap(({ content }) => Object.entries(content?.['application/problem+json']?.examples ?? {}))
    expect(examples.map(([name]) => name).sort()).toEqual(Object.keys(PROBLEMS).sort())
    for (const [, { value }] of examples) expect(faultsOfProblem(value)).toEqual([])
  }
})
