// The list of the tasks of an instance. Everything that is chosen here is in the URL.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { addressUrl, type ListQuery } from '../address.js'
import { ApiError } from '../api/api-error.js'
import type { TaskPage } from '../api/task.js'
import { listTasks, type ListRequest } from '../api/tasks-api.js'
import { go } from '../navigation.js'
import { ConnectionMark, ConnectionNotice } from '../parts/connection-mark.js'
import { useConsole } from '../parts/console-context.js'
import { Empty, Failure, Loading } from '../parts/notice.js'
import { useFollow, type Followed } from '../parts/use-follow.js'
import { useLoad } from '../parts/use-load.js'
import { FilterBar } from './filter-bar.js'
import { pageAfter, type ShownPage } from './page-after.js'
import { Pager } from './pager.js'
import { filterText, isBlank, NO_FILTER } from './task-filter.js'
import { TaskTable } from './task-table.js'
import { Toolbar } from './toolbar.js'

interface ListProps {
  readonly instance: string
  readonly query: ListQuery
  /** What the history of the browser holds for this page; see Pager. */
  readonly state: unknown
}

/** The view. */
export function ListView({ instance, query, state }: ListProps): JSX.Element {
  const { say } = useConsole()
  const list = useList(instance, query)
  const change = (changed: Partial<ListQuery>, replace = false): void => {
    go(addressUrl({ view: 'list', instance, query: { ...query, page: '', ...changed } }), { replace })
  }
  return (
    <>
      <header class="view-head">
        <h1 tabIndex={-1}>{say('tasks')}</h1>
        {list.error === undefined && <ConnectionMark followed={list.followed} />}
      </header>
      <ConnectionNotice followed={list.followed} />
      <FilterBar instance={instance} filter={query.filter} onChange={(filter) => change({ filter }, true)} />
      <Toolbar instance={instance} query={query} request={requestOf(query)} onChange={change} />
      {list.error !== undefined && <ListFailure error={list.error} again={list.again} toFirst={() => change({}, true)} />}
      {list.error === undefined && list.page === undefined && <Loading />}
      {list.error === undefined && list.page !== undefined && (
        <>
          <ShownTasks instance={instance} query={query} list={list} page={list.page} />
          <Pager instance={instance} query={query} state={state} next={list.next} page={list.page} />
        </>
      )}
    </>
  )
}

interface LiveList {
  /** What is shown; while another page is on its way, still the one before. */
  readonly page: ShownPage | undefined
  readonly next: string
  readonly isLoading: boolean
  readonly error: Error | undefined
  readonly again: () => void
  readonly followed: Followed
}

function useList(instance: string, query: ListQuery): LiveList {
  const { send } = useConsole()
  const request = requestOf(query)
  const loaded = useLoad(JSON.stringify([instance, request]), (signal) => loadPage(() => listTasks(send, instance, request, signal)))
  const [page, setPage] = useState<ShownPage>()
  useEffect(() => {
    if (loaded.value !== undefined) setPage({ tasks: loaded.value.tasks, newer: 0 })
  }, [loaded.value])
  const takesNew = query.page === '' && query.order === 'created_at desc'
  const followed = useFollow({
    instance,
    from: loaded.value,
    filter: request.filter ?? '',
    onAnswers: (answers) => setPage((before) => before && pageAfter(before, answers, takesNew)),
    onGap: loaded.again,
  })
  const { value, error, again } = loaded
  return { page, next: value?.nextPageToken ?? '', isLoading: value === undefined && error === undefined, error, again, followed }
}

async function loadPage(load: () => Promise<TaskPage>): Promise<TaskPage & { readonly revision: string }> {
  const page = await load()
  return { ...page, revision: page.revision ?? '0' }
}

function requestOf({ filter, order, pageSize, page }: ListQuery): ListRequest {
  return { filter: filterText(filter), orderBy: order, pageSize, pageToken: page }
}

interface ShownTasksProps {
  readonly instance: string
  readonly query: ListQuery
  readonly list: LiveList
  readonly page: ShownPage
}

function ShownTasks({ instance, query, list, page }: ShownTasksProps): JSX.Element {
  const { say } = useConsole()
  if (page.tasks.length > 0) return <TaskTable instance={instance} columns={query.columns} tasks={page.tasks} isStale={list.isLoading} />
  if (list.next !== '') return <Empty icon="search" title={say('shortPage')} />
  if (query.page === '' && isBlank(query.filter)) return <Empty icon="list" title={say('emptyInstance', { instance })} />
  const clear = (): void => go(addressUrl({ view: 'list', instance, query: { ...query, page: '', filter: NO_FILTER } }))
  return (
    <Empty icon="search" title={say('noMatch')}>
      <p>{say('noMatchNote')}</p>
      <button type="button" onClick={clear}>
        {say('clearFilter')}
      </button>
    </Empty>
  )
}

function ListFailure({ error, again, toFirst }: { readonly error: Error; readonly again: () => void; readonly toFirst: () => void }): JSX.Element {
  const { say } = useConsole()
  const isPageGone = error instanceof ApiError && (error.reason === 'INVALID_PAGE_TOKEN' || error.reason === 'PAGE_TOKEN_MISMATCH')
  return (
    <Failure error={error} again={again}>
      {isPageGone && (
        <button type="button" onClick={toFirst}>
          {say('toFirstPage')}
        </button>
      )}
    </Failure>
  )
}
