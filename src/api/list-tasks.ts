// ListTasks: its pages are joined by the store, and those that are asked for again and again are kept.
import { hash } from 'node:crypto'
import { ListTasksRequest, ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { isNoneMatch } from '../base/entity-tag.js'
import { whenThere, type Soon } from '../base/soon.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import { readListOrder } from '../task/list-order.js'
import type { ListRequest, ReadyListAnswer, TaskService } from '../task/task-service.js'
import type { Mark } from './answer-cache.js'
import { conditional, type AnswerCaches } from './answer-caches.js'
import { readyMethod, type ApiMethod, type CallContext, type JsonAnswer } from './api-method.js'
import { readPageSize } from './page-size.js'

/** The method. */
export function listTasks(tasks: TaskService, caches: AnswerCaches): ApiMethod {
  const answers = new ListAnswers(tasks, caches)
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

class ListAnswers {
  private readonly tasks: TaskService
  private readonly caches: AnswerCaches

  constructor(tasks: TaskService, caches: AnswerCaches) {
    this.tasks = tasks
    this.caches = caches
  }

  message(list: ListRequest, context: CallContext): Soon<Uint8Array> {
    return whenThere(this.mark(list), (mark) => {
      const page = this.caches.message.at(mark, keyOf(list), () =>
        whenThere(this.tasks.readyList(list, 'message', context), (read) => ({ body: writeMessage(read), etag: undefined })),
      )
      return whenThere(page, ({ body }) => body)
    })
  }

  json(list: ListRequest, context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer> {
    const key = keyOf(list)
    return whenThere(this.mark(list), (mark) => {
      const kept = mark === undefined ? undefined : this.caches.json.find(key, mark)
      if (kept !== undefined) return conditional(kept, ifNoneMatch)
      return whenThere(this.tasks.version(list.instance), (version) => {
        // What a page shows is what its list and the version of the instance say; its token tells the time as well, hence weak.
        const etag = version === undefined ? undefined : `W/"${version}.${hash('sha1', key, 'base64url')}"`
        // Who has the page already costs no reading of it; `*` says nothing of this page, which may be no page at all.
        if (etag !== undefined && ifNoneMatch?.trim() !== '*' && isNoneMatch(ifNoneMatch, etag)) return { json: undefined, etag }
        const page = this.caches.json.at(mark, key, () =>
          whenThere(this.tasks.readyList(list, 'json', context), (read) => ({ body: writeJson(read), etag })),
        )
        return whenThere(page, (answer) => conditional(answer, ifNoneMatch))
      })
    })
  }

  /** The stamp of an instance costs nothing; its version costs a read, which is less than a page. */
  private mark({ instance }: ListRequest): Soon<Mark | undefined> {
    return this.tasks.stamp(instance) ?? this.tasks.version(instance)
  }
}

function writeMessage({ content, nextPageToken, revision }: ReadyListAnswer<'message'>): Uint8Array {
  return Buffer.concat([content, ListTasksResponse.encode({ tasks: [], nextPageToken, revision }).finish()])
}

function writeJson({ content, nextPageToken, revision }: ReadyListAnswer<'json'>): Uint8Array {
  // A token is base64url, so it needs no escape; what has its default is not shown, as everywhere.
  const token = nextPageToken === '' ? '' : `,"nextPageToken":"${nextPageToken}"`
  return Buffer.from(`{"tasks":[${content}]${token}${revision === 0n ? '' : `,"revision":"${revision}"`}}`)
}

function keyOf({ instance, filter, order, pageSize, pageToken }: ListRequest): string {
  return `list ${instance} ${order.field} ${order.descending} ${pageSize} ${pageToken} ${filter}`
}
