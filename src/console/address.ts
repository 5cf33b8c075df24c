// The URL is the state of the console: what it says is what is shown, and what is chosen is written there.
import { STATUSES, type Status } from './api/task.js'
import { columnsOf, DEFAULT_COLUMNS, type Column } from './list/columns.js'
import { NO_FILTER, type TaskFilter } from './list/task-filter.js'

/** Where the console is served. */
const ROOT = '/console'

/** Hours that the timeline can show; 0 lets it choose what fits. */
export const SPANS = [0, 0.25, 1, 6, 24] as const
export type Span = (typeof SPANS)[number]

export const ORDERS = ['created_at desc', 'created_at', 'modified_at desc', 'modified_at'] as const
export type Order = (typeof ORDERS)[number]

/** Tasks on a page of the list. */
export const PAGE_SIZES = [50, 200, 1000] as const
export type PageSize = (typeof PAGE_SIZES)[number]

/** What the list shows. */
export interface ListQuery {
  readonly filter: TaskFilter
  readonly order: Order
  readonly columns: readonly Column[]
  readonly pageSize: PageSize
  /** `page_token` of the page; empty on the first. */
  readonly page: string
}

export const TABS = ['history', 'data', 'faces'] as const
/** What of a task is looked at: what happened to it, what it holds, or how each API draws it. */
export type Tab = (typeof TABS)[number]

/** A place in the console. */
export type Address =
  | { readonly view: 'start' }
  | { readonly view: 'overview'; readonly instance: string; readonly span: Span }
  | { readonly view: 'list'; readonly instance: string; readonly query: ListQuery }
  | { readonly view: 'task'; readonly instance: string; readonly taskId: string; readonly tab: Tab }
  | { readonly view: 'unknown' }

export const FIRST_PAGE: ListQuery = { filter: NO_FILTER, order: 'created_at desc', columns: DEFAULT_COLUMNS, pageSize: 50, page: '' }

/** Reads the path and query of a URL. What it cannot read of a query is as if it were not there. */
export function readAddress(path: string, search: string): Address {
  const segments = segmentsOf(path)
  const query = new URLSearchParams(search)
  if (segments === undefined) return { view: 'unknown' }
  const [instance, room, taskId, ...rest] = segments
  if (instance === undefined) return { view: 'start' }
  if (rest.length > 0) return { view: 'unknown' }
  if (room === undefined) return { view: 'overview', instance, span: oneOf(SPANS, Number(query.get('hours'))) ?? 0 }
  if (room !== 'tasks') return { view: 'unknown' }
  if (taskId === undefined) return { view: 'list', instance, query: readQuery(query) }
  return { view: 'task', instance, taskId, tab: oneOf(TABS, query.get('tab')) ?? 'history' }
}

/** The URL of a place: what `readAddress` reads. */
export function addressUrl(address: Address): string {
  switch (address.view) {
    case 'start':
    case 'unknown':
      return ROOT
    case 'overview':
      return withQuery([address.instance], { hours: address.span === 0 ? '' : String(address.span) })
    case 'list':
      return withQuery([address.instance, 'tasks'], queryOf(address.query))
    case 'task':
      return withQuery([address.instance, 'tasks', address.taskId], { tab: address.tab === 'history' ? '' : address.tab })
  }
}

/** The URL of a list that asks for what `filter` says. */
export function listUrl(instance: string, filter: Partial<TaskFilter>): string {
  return addressUrl({ view: 'list', instance, query: { ...FIRST_PAGE, filter: { ...NO_FILTER, ...filter } } })
}

/** The URL of a task. */
export function taskUrl(instance: string, taskId: string, tab: Tab = 'history'): string {
  return addressUrl({ view: 'task', instance, taskId, tab })
}

/** The decoded segments after the root; undefined when the path is elsewhere or no URL. */
function segmentsOf(path: string): string[] | undefined {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined
  try {
    return path.slice(ROOT.length).split('/').filter((segment) => segment !== '').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function readQuery(query: URLSearchParams): ListQuery {
  const text = (name: string): string => query.get(name) ?? ''
  return {
    filter: {
      statuses: STATUSES.filter((status: Status) => text('status').split(',').includes(status)),
      command: text('command'),
      service: text('service'),
      createdBy: text('by'),
      label: text('label'),
      text: text('text'),
      expression: text('filter'),
    },
    order: oneOf(ORDERS, text('order')) ?? FIRST_PAGE.order,
    columns: text('columns') === '' ? DEFAULT_COLUMNS : columnsOf(text('columns').split(',')),
    pageSize: oneOf(PAGE_SIZES, Number(text('size'))) ?? FIRST_PAGE.pageSize,
    page: text('page'),
  }
}

function queryOf({ filter, order, columns, pageSize, page }: ListQuery): Record<string, string> {
  const isDefault = columns.join() === DEFAULT_COLUMNS.join()
  return {
    status: filter.statuses.join(),
    command: filter.command,
    service: filter.service,
    by: filter.createdBy,
    label: filter.label,
    text: filter.text,
    filter: filter.expression,
    order: order === FIRST_PAGE.order ? '' : order,
    columns: isDefault ? '' : columns.join(),
    size: pageSize === FIRST_PAGE.pageSize ? '' : String(pageSize),
    page,
  }
}

function withQuery(segments: readonly string[], values: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''))
  const path = [ROOT, ...segments.map(encodeURIComponent)].join('/')
  return query.size === 0 ? path : `${path}?${query}`
}

function oneOf<T>(values: readonly T[], value: unknown): T | undefined {
  return values.find((known) => known === value)
}
