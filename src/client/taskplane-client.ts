// A client of both task services over gRPC: promises instead of callbacks, deadlines, and the published retry policy.
import { ChannelCredentials, Metadata, type CallOptions, type Client, type ServiceError } from '@grpc/grpc-js'
import {
  TaskProducerServiceClient,
  type CompleteTaskRequest,
  type CreateTaskRequest,
  type DeleteTaskRequest,
  type FailTaskRequest,
  type StartTaskRequest,
  type UpdateTaskRequest,
} from '../../gen/openshift/v1/task_producer_service.js'
import {
  TaskServiceClient,
  type GetTaskRequest,
  type ListTasksRequest,
  type ListTasksResponse,
} from '../../gen/openshift/v1/task_service.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { CallError } from './call-error.js'
import { SERVICE_CONFIG } from './service-config.js'

/** Milliseconds that a call may take with its retries. */
const CALL_MS = 15_000
/** Bytes of an answer: a full page. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

type Answer<Response> = (error: ServiceError | null, response: Response) => void
type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  answer: Answer<Response>,
) => unknown

/** Calls Taskplane at one address. Every method rejects with a CallError. */
export class TaskplaneClient {
  private readonly readers: TaskServiceClient
  private readonly producers: TaskProducerServiceClient

  /** `address`: `host:port`. Connects at the first call. */
  constructor(address: string) {
    const options = {
      'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    }
    const credentials = ChannelCredentials.createInsecure()
    this.readers = new TaskServiceClient(address, credentials, options)
    this.producers = new TaskProducerServiceClient(address, credentials, options)
  }

  get(request: GetTaskRequest): Promise<Task> {
    return this.taskOf(this.readers, this.readers.getTask, request)
  }

  list(request: ListTasksRequest): Promise<ListTasksResponse> {
    return call(this.readers, this.readers.listTasks, request)
  }

  create(request: CreateTaskRequest): Promise<Task> {
    return this.taskOf(this.producers, this.producers.createTask, request)
  }

  start(request: StartTaskRequest): Promise<Task> {
    return this.taskOf(this.producers, this.producers.startTask, request)
  }

  update(request: UpdateTaskRequest): Promise<Task> {
    return this.taskOf(this.producers, this.producers.updateTask, request)
  }

  complete(request: CompleteTaskRequest): Promise<Task> {
    return this.taskOf(this.producers, this.producers.completeTask, request)
  }

  fail(request: FailTaskRequest): Promise<Task> {
    return this.taskOf(this.producers, this.producers.failTask, request)
  }

  async delete(request: DeleteTaskRequest): Promise<void> {
    await call(this.producers, this.producers.deleteTask, request)
  }

  /** Ends the connection; calls in flight end CANCELLED. */
  close(): void {
    this.readers.close()
    this.producers.close()
  }

  private async taskOf<Request>(
    client: Client,
    method: Method<Request, { task: Task | undefined }>,
    request: Request,
  ): Promise<Task> {
    const { task } = await call(client, method, request)
    if (task === undefined) throw new CallError('INTERNAL', 'The answer holds no task')
    return task
  }
}

function call<Request, Response>(client: Client, method: Method<Request, Response>, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    method.call(client, request, new Metadata(), { deadline: Date.now() + CALL_MS }, (error, response) => {
      if (error === null) resolve(response)
      else reject(CallError.from(error))
    })
  })
}
