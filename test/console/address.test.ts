// The URL is the state: whatever can be chosen survives a reload, a link and a step back.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressUrl, FIRST_PAGE, listUrl, ORDERS, PAGE_SIZES, readAddress, SPANS, TABS, taskUrl, type Address } from '../../src/console/address.js'
import { STATUSES } from '../../src/console/api/task.js'
import { COLUMNS, columnsOf, toggled } from '../../src/console/list/columns.js'

const instance = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,20}$/)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ view: fc.constant('overview' as const), instance, span: fc.constantFrom(...SPANS) }),
  fc.record({ view: fc.constant('task' as const), instance, taskId: instance, tab: fc.constantFrom(...TABS) }),
  fc.record({
    view: fc.constant('list' as const),
    instance,
    query: fc.record({
      filter: fc.record({
        statuses: fc.subarray([...STATUSES]),
        command: text,
        service: text,
        createdBy: text,
        label: text,
        text,
        expression: text,
      }),
      order: fc.constantFrom(...ORDERS),
      columns: fc.subarray([...COLUMNS]).map(columnsOf),
      pageSize: fc.constantFrom(...PAGE_SIZES),
      page: text,
    }),
  }),
)

function read(url: string): Address {
  const { pathname, search } = new URL(url, 'http://console.test')
  return readAddress(pathname, search)
}

test('every place has a URL that leads back to it', () => {
  fc.assert(
    fc.property(address, (place) => {
      expect(read(addressUrl(place))).toEqual(place)
    }),
  )
})

describe('what is not chosen is not in the URL', () => {
  for (const [url, expected] of [
    [addressUrl({ view: 'start' }), '/console'],
    [addressUrl({ view: 'overview', instance: 'vdc-1', span: 0 }), '/console/vdc-1'],
    [addressUrl({ view: 'overview', instance: 'vdc-1', span: 6 }), '/console/vdc-1?hours=6'],
    [addressUrl({ view: 'list', instance: 'vdc-1', query: FIRST_PAGE }), '/console/vdc-1/tasks'],
    [listUrl('vdc-1', { statuses: ['FAILED'], command: 'cluster.*' }), '/console/vdc-1/tasks?status=FAILED&command=cluster.*'],
    [taskUrl('vdc-1', 't1'), '/console/vdc-1/tasks/t1'],
    [taskUrl('vdc-1', 't1', 'data'), '/console/vdc-1/tasks/t1?tab=data'],
  ] as const) {
    test(expected, () => expect(url).toBe(expected))
  }
})

describe('what cannot be read', () => {
  for (const [url, view] of [
    ['/console/', 'start'],
    ['/console/vdc-1/', 'overview'],
    ['/elsewhere', 'unknown'],
    ['/consoles', 'unknown'],
    ['/console/vdc-1/jobs', 'unknown'],
    ['/console/vdc-1/tasks/t1/more', 'unknown'],
    ['/console/%ff', 'unknown'],
  ] as const) {
    test(`${url} is ${view}`, () => expect(read(url).view).toBe(view))
  }

  test('a query is as if it were not there', () => {
    expect(read('/console/vdc-1/tasks?order=by+name&size=7&status=DONE&columns=size')).toEqual({
      view: 'list',
      instance: 'vdc-1',
      query: { ...FIRST_PAGE, columns: ['command'] },
    })
    expect(read('/console/vdc-1?hours=3')).toEqual({ view: 'overview', instance: 'vdc-1', span: 0 })
  })
})

test('the column that leads to the task cannot be taken away', () => {
  expect(toggled(['status', 'command'], 'command')).toEqual(['status', 'command'])
  expect(toggled(['status', 'command'], 'status')).toEqual(['command'])
  expect(toggled(['command', 'id'], 'status')).toEqual(['status', 'command', 'id'])
})
