// A client of both task services over gRPC: promises instead of callbacks, deadlines, and the published retry policy.
import { ChannelCredentials, Metadata, type CallOptions, type ServiceError } from '@grpc/grpc-js'
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

/** Milliseconds between two attempts to connect at most, so that a server that is back is soon found. */
const RECONNECT_MS = 1000

type Answer<Response> = (error: ServiceError | null, response: Response) => void
type Send<Response> = (metadata: Metadata, options: Partial<CallOptions>, answer: Answer<Response>) => unknown

/** Calls Taskplane at one address. Every method rejects with a CallError. */
export class TaskplaneClient {
  private readonly readers: TaskServiceClient
  private readonly producers: TaskProducerServiceClient

  /** `address`: `host:port`. Connects at the first call. */
  constructor(address: string) {
    const options = {
      'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_MS / 4,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MS,
    }
    const credentials = ChannelCredentials.createInsecure()
    this.readers = new TaskServiceClient(address, credentials, options)
    this.producers = new TaskProducerServiceClient(address, credentials, options)
  }

  get(request: GetTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.readers.getTask(request, ...rest))
  }

  list(request: ListTasksRequest): Promise<ListTasksResponse> {
    return call((...rest) => this.readers.listTasks(request, ...rest))
  }

  create(request: CreateTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.producers.createTask(request, ...rest))
  }

  start(request: StartTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.producers.startTask(request, ...rest))
  }

  update(request: UpdateTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.producers.updateTask(request, ...rest))
  }

  complete(request: CompleteTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.producers.completeTask(request, ...rest))
  }

  fail(request: FailTaskRequest): Promise<Task> {
    return taskOf((...rest) => this.producers.failTask(request, ...rest))
  }

  async delete(request: DeleteTaskRequest): Promise<void> {
    await call((...rest) => this.producers.deleteTask(request, ...rest))
  }

  /** Ends the connection; calls in flight end CANCELLED. */
  close(): void {
    this.readers.close()
    this.producers.close()
  }
}

async function taskOf(send: Send<{ task: Task | undefined }>): Promise<Task> {
  const { task } = await call(send)
  if (task === undefined) throw new CallError('INTERNAL', 'The answer holds no task')
  return task
}

function call<Response>(send: Send<Response>): Promise<Response> {
  return new Promise((resolve, reject) => {
    send(new Metadata(), { deadline: Date.now() + CALL_MS }, (error, response) => {
      if (error === null) resolve(response)
      else reject(CallError.from(error))
    })
  })
}
