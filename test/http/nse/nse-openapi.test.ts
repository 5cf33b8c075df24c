// The OpenAPI document of the jobs API: valid, linked, and true of what is answered.
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptedEnvelope, errorEnvelope, getEnvelope, listEnvelope } from '../../../src/http/nse/envelope.js'
import { jobOf, jobTaskOf } from '../../../src/http/nse/job.js'
import { nseOpenApi } from '../../../src/http/nse/nse-openapi.js'
import { arbitraryTask } from '../../support/arbitrary-task.js'
import { openClockedSqlite } from '../../support/clocked-store.js'
import { validateOpenApi } from '../../support/openapi-document.js'
import { create } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { serveNse } from './nse-app.js'

test('it is OpenAPI by the schema of the standard, and the page at /docs links to it', async () => {
  const { url } = await serveNse(openClockedSqlite(join(temporaryDirectory(), 'tasks.db')))
  const document = (await (await fetch(`${url}/openapi/nse.json`)).json()) as object
  expect(document).toEqual(nseOpenApi())
  expect(await validateOpenApi(document)).toEqual({ version: '3.1', errors: [] })
  expect(await (await fetch(`${url}/docs`)).text()).toContain('&quot;path&quot;:&quot;/openapi/nse.json&quot;')
})

test('every operation of it is served', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  await store.write(create('a'))
  const { url } = await serveNse(store)
  const { paths } = nseOpenApi() as { readonly paths: Readonly<Record<string, object>> }
  for (const [path, item] of Object.entries(paths)) {
    for (const method of Object.keys(item)) {
      const body = method === 'post' ? JSON.stringify({ tenant_id: 't', action: 'c' }) : null
      const response = await fetch(url + path.replace('{id}', 'a'), { method, body, headers: { 'content-type': 'application/json' } })
      expect([path, method, response.ok]).toEqual([path, method, true])
    }
  }
})

test('its schemas are those of the answers', () => {
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(nseOpenApi(), 'document')
  const faults = (schema: string, answer: unknown): string => {
    const validate = ajv.getSchema(`document#/components/schemas/${schema}`)
    return validate?.(answer) === true ? '' : ajv.errorsText(validate?.errors)
  }
  fc.assert(
    fc.property(arbitraryTask(), arbitraryTask(), (root, part) => {
      const job = jobOf(root, [jobTaskOf({ ...part, parentTaskId: root.id })])
      const list = { returned_records: 1, total_records: 1, sort_by: 'created', order_by: 'desc', offset: 0, limit: 1, records: [job] } as const
      expect(faults('JobList', listEnvelope(list, ''))).toBe('')
      expect(faults('OneJob', getEnvelope(job, ''))).toBe('')
      expect(faults('AcceptedJob', acceptedEnvelope(jobOf(root, null)))).toBe('')
    }),
    { numRuns: 500 },
  )
  expect(faults('Error', errorEnvelope(404, 'Resource Not Found.', 'why'))).toBe('')
  expect(faults('OneJob', errorEnvelope(404, 'Resource Not Found.', 'why'))).not.toBe('')
})
