// ListTasks: its pages are joined by the store, and those that are asked for again and again are kept.
import { hash } from 'node:crypto'
import { ListTasksRequest, ListTasksResponse } from '../../gen/openshift/v1/task_service.js'
import { isNoneMatch } from '../base/entity-tag.js'
import { whenThere, type Soon } from '../base/soon.js'
import { FieldViolations } from '../task/field-violations.js'
import { readInstanceId } from '../task/identifiers.js'
import { readListOrder } from '../task/list-order.js'
import type { ListRequest, ReadyListAnswer, TaskService } from '../task/task-service.js'
import type { KeptAnswer, Mark } from './answer-cache.js'
import { conditional, type AnswerCaches } from './answer-caches.js'
import { readyMethod, type ApiMethod, type CallContext, type JsonAnswer, type ReadyAnswers } from './api-method.js'
import { readPageSize } from './page-size.js'

/** The method. */
export function listTasks(tasks: TaskService, caches: AnswerCaches): ApiMethod {
  return readyMethod('openshift.v1.TaskService.ListTasks', ListTasksRequest, (request) => new ListAnswers(readRequest(request), tasks, caches))
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

/** The answers to one request. */
class ListAnswers implements ReadyAnswers {
  private readonly list: ListRequest
  private readonly tasks: TaskService
  private readonly caches: AnswerCaches
  private readonly name: string

  constructor(list: ListRequest, tasks: TaskService, caches: AnswerCaches) {
    const { instance, filter, order, pageSize, pageToken } = list
    this.list = list
    this.tasks = tasks
    this.caches = caches
    this.name = `list ${instance} ${order.field} ${order.descending} ${pageSize} ${pageToken} ${filter}`
  }

  message(context: CallContext): Soon<Uint8Array> {
    return whenThere(this.mark(), (mark) => {
      const page = this.caches.message.at(this.name, mark, context.enteredAt, () =>
        whenThere(this.tasks.readyList(this.list, 'message', context), (read) => ({ body: writeMessage(read), etag: undefined })),
      )
      return whenThere(page, ({ body }) => body)
    })
  }

  json(context: CallContext, ifNoneMatch: string | undefined): Soon<JsonAnswer> {
    return whenThere(this.mark(), (mark) => {
      const kept = mark === undefined ? undefined : this.caches.json.find(this.name, mark, context.enteredAt)
      if (kept !== undefined) return conditional(kept, ifNoneMatch)
      return whenThere(this.etag(mark, context), (etag) => {
        // Who has the page already costs no reading of it; `*` says nothing of this page, which may be no page at all.
        if (etag !== undefined && ifNoneMatch?.trim() !== '*' && isNoneMatch(ifNoneMatch, etag)) return { json: undefined, etag }
        const page = this.caches.json.at(this.name, mark, context.enteredAt, () =>
          whenThere(this.tasks.readyList(this.list, 'json', context), (read) => ({ body: writeJson(read), etag })),
        )
        return whenThere(page, (answer) => conditional(answer, ifNoneMatch))
      })
    })
  }

  /** The stamp of an instance costs next to nothing; its version costs a read, which is less than a page. */
  private mark(): Soon<Mark | undefined> {
    const { instance } = this.list
    return this.tasks.stamp(instance) ?? this.tasks.version(instance)
  }

  /** What a page shows is what its list and the version of the instance say; its token tells the time as well, hence a weak tag. */
  private etag(mark: Mark | undefined, { enteredAt }: CallContext): Soon<string | undefined> {
    const make = (): Soon<KeptAnswer<string>> =>
      whenThere(this.tasks.version(this.list.instance), (version) => ({
        body: '',
        etag: version === undefined ? undefined : `W/"${version}.${hash('sha1', this.name, 'base64url')}"`,
      }))
    return whenThere(this.caches.json.at(`etag of ${this.name}`, mark, enteredAt, make), ({ etag }) => etag)
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
