// The examples of the document, produced: tasks with their data, recorded at their times under their ids, give their bodies.
import { fromJson, toBinary, type JsonObject } from '@bufbuild/protobuf'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Any } from '../../../gen/google/protobuf/any.js'
import { TaskResource } from '../../../gen/openshift/v1/task.js'
import { Redactor } from '../../../src/api/redaction.js'
import { FieldViolations } from '../../../src/task/field-violations.js'
import type { TaskChange } from '../../../src/task/task-change.js'
import { openClockedSqlite, type ClockedStore } from '../../support/clocked-store.js'
import { change, create, start } from '../../support/task-changes.js'
import { temporaryDirectory } from '../../support/temporary-directory.js'
import { askNse, serveNse } from './nse-app.js'

const LIST_EXAMPLE = {
  status: { user_message: 'Okay. Returned 1 record.', verbose_message: '', code: 200 },
  result: {
    returned_records: 1,
    total_records: 2625,
    sort_by: 'created',
    order_by: 'desc',
    offset: 0,
    limit: 1,
    records: [
      {
        id: '5ed72c8c6342e90001439d54',
        action: 'create',
        job_summary: 'Create request is successfully submitted',
        created: '2020-06-03T04:52:28.478Z',
        updated: '2020-06-03T04:52:32.636Z',
        object_id: '5ed72c8c6342e90001439d55',
        object_type: 'sg_buckets',
        object_name: 'test1234',
        status: 'successful',
        status_detail: "Creation of s3 bucket 'test1234' completed successfully.",
        last_error: '',
        user_id: '5e85225af038943eb4b74684',
        job_tasks: [
          {
            id: '5ed72c8c6342e90001439d57',
            job_id: '5ed72c8c6342e90001439d54',
            action: 'create',
            driver: 'storagegrid_ansible',
            object_id: '5ed72c8c6342e90001439d55',
            object_type: 'sg_buckets',
            resource_type: 'sg_bucket',
            status: 'successful',
            status_detail: 'Worker completed task successfully.',
            last_error: '',
            user_id: '5e85225af038943eb4b74684',
            request_payload: {
              grid_account_id: '05336917559886003354',
              grid_admin_base_url: 'https://sggmi-dev.dev.ausngs.netapp.au/api/v3',
              org_password: 'netapp01',
              org_username: 'root',
              s3_bucket_name: 'test1234',
            },
          },
        ],
      },
    ],
  },
}

const GET_EXAMPLE = {
  status: { user_message: 'Okay. Returned 1 record.', verbose_message: '', code: 200 },
  result: {
    total_records: 1,
    records: [
      {
        id: '5e66f18e09a74c0001b89640',
        action: 'create',
        job_summary: 'Create S3 bucket for Sub Tenant',
        created: '2020-03-10T01:46:54.097Z',
        updated: '2020-03-10T01:46:57.664Z',
        object_id: '5e66f18e09a74c0001b89641',
        object_type: 'sg_buckets',
        status: 'successful',
        status_detail: "Creation of s3 bucket 'mys3bucket' completed successfully.",
        last_error: '',
        user_id: '5bbee380a2df7a04d43acaee',
        job_tasks: [
          {
            id: '5e66f18e09a74c0001b89642',
            job_id: '5e66f18e09a74c0001b89640',
            action: 'create',
            driver: 'storagegrid_ansible',
            object_id: '5e66f18e09a74c0001b89641',
            object_type: 'sg_buckets',
            resource_type: 'sg_bucket',
            status: 'successful',
            status_detail: 'Worker completed task successfully.',
            last_error: '',
            user_id: '5bbee380a2df7a04d43acaee',
            request_payload: {
              grid_account_id: '47490102387197219062',
              grid_admin_base_url: 'https://sggmi-dev.dev.ausngs.netapp.au/api/v3',
              org_password: 'netapp01',
              org_username: 'root',
              s3_bucket_name: 'mys3bucket',
            },
          },
        ],
      },
    ],
  },
}

interface ExampleJob {
  readonly id: string
  readonly action: string
  readonly job_summary: string
  readonly created: string
  readonly updated: string
  readonly object_id: string
  readonly object_type: string
  readonly object_name?: string
  readonly status_detail: string
  readonly user_id: string
  readonly job_tasks: readonly {
    readonly id: string
    readonly driver: string
    readonly resource_type: string
    readonly status_detail: string
    readonly request_payload: JsonObject
  }[]
}

/** Records what the example tells of. */
async function record(store: ClockedStore, job: ExampleJob): Promise<void> {
  const { id, action: command, user_id: createdBy, object_id, object_type: type, object_name: name = '' } = job
  const resource = TaskResource.create({ id: object_id, type, name })
  const [part] = job.job_tasks
  if (part === undefined) throw new Error('The example has a job task')
  await store.advance(Date.parse(job.created) - store.now)
  await store.write(create(id, { command, createdBy, resource, summary: job.job_summary }))
  await store.write(start(id))
  await store.write(
    create(part.id, {
      command,
      createdBy,
      resource,
      service: part.driver,
      parentTaskId: id,
      labels: { resource_type: part.resource_type },
      metadata: storedPayload(part.request_payload),
    }),
  )
  await store.write(start(part.id))
  await store.write(completed(part.id, part.status_detail))
  await store.advance(Date.parse(job.updated) - store.now)
  await store.write(completed(id, job.status_detail))
}

function completed(id: string, detail: string): TaskChange {
  return change(id, { kind: 'complete', token: '', response: undefined, outcome: 'CLEAN', statusDetails: [{ type: '', title: 'Done', detail }] })
}

/** As the server writes it. */
function storedPayload(payload: JsonObject): Any | undefined {
  const value = Buffer.from(toBinary(StructSchema, fromJson(StructSchema, payload)))
  return new Redactor([]).payload('metadata', { typeUrl: 'type.googleapis.com/google.protobuf.Struct', value }, new FieldViolations())
}

/**
 * What differs from the document: it shows a password, which the server does not keep, and it leaves out `state`, which its
 * own text tells pollers to look at.
 */
function expected(example: { readonly result: { readonly records: readonly object[] } }): unknown {
  const text = JSON.stringify(example).replaceAll('"org_password":"netapp01"', '"org_password":"[redacted]"')
  const body = JSON.parse(text) as typeof example
  return { ...body, result: { ...body.result, records: body.result.records.map((job) => ({ ...job, state: 'NORMAL' })) } }
}

test('the list of jobs', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  await store.advance(Date.parse('2020-06-03T04:52:28Z') - store.now)
  for (let others = 1; others < 2625; others += 1) await store.write(create(`other-${others}`))
  await record(store, LIST_EXAMPLE.result.records[0]!)
  const { url } = await serveNse(store)
  for (const base of [url, `${url}/api`]) {
    const { status, result } = await askNse(`${base}/v2.1/jobs?tenant_id=vdc-1&offset=0&limit=1`)
    expect({ status, result }).toEqual(expected(LIST_EXAMPLE))
  }
  await store.close()
})

test('a job by its id', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  await record(store, GET_EXAMPLE.result.records[0]!)
  const { url } = await serveNse(store)
  for (const base of [url, `${url}/api`]) {
    const { status, result } = await askNse(`${base}/v2.1/jobs/5e66f18e09a74c0001b89640`)
    expect({ status, result }).toEqual(expected(GET_EXAMPLE))
  }
  await store.close()
})

test('the fields stand in the order of the document', async () => {
  const store = openClockedSqlite(join(temporaryDirectory(), 'tasks.db'))
  const example = LIST_EXAMPLE.result.records[0]!
  await record(store, example)
  const { url } = await serveNse(store)
  const { result } = await askNse(`${url}/v2.1/jobs?limit=1`)
  const job = result.records?.[0] ?? {}
  expect(Object.keys(result)).toEqual(Object.keys(LIST_EXAMPLE.result))
  expect(Object.keys(job).filter((name) => name !== 'state')).toEqual(Object.keys(example))
  expect(Object.keys((job['job_tasks'] as object[])[0] ?? {})).toEqual(Object.keys(example.job_tasks[0]!))
  await store.close()
})
