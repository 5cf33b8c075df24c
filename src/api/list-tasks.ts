// ListTasks: its pages are joined by the store, and those that are asked for again and again are kept.
import { hash } from 'node:crypto'
import { ListTasksRequest, ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { isNoneMatch } from '../base/entity-tag.js'
import { whenThere, type Soon } from '../base/soon.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import { readListOrder } from '../task/list-order.js'
import type { ListRequest, ReadyListAnswer, TaskService } from '../task/task-service.js'
import type { ReadyForm } from '../task/task-store.js'
import type { AnswerCache } from './answer-cache.js'
import { readyMethod, type ApiMethod, type CallContext, type JsonAnswer } from './api-method.js'
import { readPageSize } from './page-size.js'

/** The method. `cache` is for its answers alone. */
export function listTasks(tasks: TaskService, cache: AnswerCache): ApiMethod {
  const answers = new ListAnswers(tasks, cache)
  return readyMethod('openshift.v1.TaskService.ListTasks', ListTasksRequest, {
    message: (request, context) => answers.message(readRequest(request), context),
    json: (request, context, ifNoneMatch) => answers.json(readRequest(request), context, ifNoneMatch),
  })
}

function readRequest(request: ListTasksRequest): ListRequest {
  const violations = new FieldViolations()
  const list = {
    instance: readInstanceId(request.serviceInstanceId, violations),
    filter: request.filter,
    order: readListOrder(request.orderBy, violations),
    pageSize: readPageSize(request.pageSize, violations),
    pageToken: request.pageToken,
  }
  violations.throwIfAny()
  return list
}

/** How a page is written in each form. */
const WRITERS: { readonly [Form in ReadyForm]: (page: ReadyListAnswer<Form>) => Uint8Array } = {
  message: ({ content, nextPageToken, revision }) =>
    Buffer.concat([content, ListTasksResponse.encode({ tasks: [], nextPageToken, revision }).finish()]),
  json({ content, nextPageToken, revision }) {
    // A token is base64url, so it needs no escape; what has its default is not shown, as everywhere.
    const token = nextPageToken === '' ? '' : `,"nextPageToken":"${nextPageToken}"`
    return Buffer.from(`{"tasks":[${content}]${token}${revision === 0n ? '' : `,"revision":"${revision}"`}}`)
  },
}

class ListAnswers {
  private readonly tasks: TaskService
  private readonly cache: AnswerCache

  constructor(tasks: TaskService, cache: AnswerCache) {
    this.tasks = tasks
    this.cache = cache
  }

  message(list: ListRequest, context: CallContext): Soon<Uint8Array> {
    return whenThere(this.tasks.version(list.instance), (version) => this.at(version, 'message', list, context))
  }

  json(list: ListRequest, context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer> {
    return whenThere(this.tasks.version(list.instance), (version) => {
      // What a page shows is what its list and the version of the instance say; its tokens tell the time as well, hence weak.
      const etag = version === undefined ? undefined : `W/"${version}.${hash('sha1', keyOf('json', list), 'base64url')}"`
      if (etag !== undefined && isNoneMatch(ifNoneMatch, etag)) return { json: undefined, etag }
      return whenThere(this.at(version, 'json', list, context), (json) => ({ json, etag }))
    })
  }

  private at<Form extends ReadyForm>(version: bigint | undefined, form: Form, list: ListRequest, context: CallContext): Soon<Uint8Array> {
    const key = keyOf(form, list)
    const kept = version === undefined ? undefined : this.cache.find(key, version)
    if (kept !== undefined) return kept
    return whenThere(this.tasks.readyList(list, form, context), (page) => {
      const body = WRITERS[form](page)
      if (version !== undefined) this.cache.keep(key, { version, body })
      return body
    })
  }
}

function keyOf(form: ReadyForm, { instance, filter, order, pageSize, pageToken }: ListRequest): string {
  return `${form} ${instance} ${order.field} ${order.descending} ${pageSize} ${pageToken} ${filter}`
}
