// A client of both task services over gRPC: promises instead of callbacks, deadlines, and the published retry policy.
import { ChannelCredentials, Metadata, type CallOptions, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import {
  AcknowledgeCancelRequest,
  AcknowledgePauseRequest,
  CompleteTaskRequest,
  CreateTaskRequest,
  DeleteTaskRequest,
  FailTaskRequest,
  RenewTaskLeaseRequest,
  StartTaskRequest,
  TaskProducerServiceClient,
  UpdateTaskRequest,
  type RenewTaskLeaseResponse,
  type StartTaskResponse,
} from '../../gen/openshift/v1/task_producer_service.js'
import {
  CancelTaskRequest,
  GetTaskRequest,
  ListTaskEventsRequest,
  ListTasksRequest,
  PauseTaskRequest,
  ResumeTaskRequest,
  TaskServiceClient,
  WaitTaskRequest,
  WatchTasksRequest,
  type ListTaskEventsResponse,
  type ListTasksResponse,
  type WatchTasksResponse,
} from '../../gen/openshift/v1/task_service.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { CallError } from './call-error.js'
import { SERVICE_CONFIG } from './service-config.js'

/** Milliseconds that a call may take with its retries. */
const CALL_MS = 15_000
/** Milliseconds that a call may take that waits for a task. */
const WAIT_CALL_MS = 60_000
/** Bytes of an answer: a full page. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** Milliseconds between two attempts to connect at most, so that a server that is back is soon found. */
const RECONNECT_MS = 1000

type Answer<Response> = (error: ServiceError | null, response: Response) => void
type Send<Response> = (metadata: Metadata, options: Partial<CallOptions>, answer: Answer<Response>) => { cancel(): void }

/** How one call differs from others. */
export interface CallSettings {
  /** Milliseconds that it may take. */
  readonly deadlineMs?: number
  /** Ends it: CANCELLED. */
  readonly signal?: AbortSignal
}

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

  get(request: Partial<GetTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.readers.getTask(GetTaskRequest.create(request), ...rest))
  }

  list(request: Partial<ListTasksRequest>): Promise<ListTasksResponse> {
    return call((...rest) => this.readers.listTasks(ListTasksRequest.create(request), ...rest))
  }

  /** Answers within the time of one call: ask again while the task has not ended. */
  wait(request: Partial<WaitTaskRequest>, options?: CallSettings): Promise<Task> {
    return taskOf((...rest) => this.readers.waitTask(WaitTaskRequest.create(request), ...rest), {
      deadlineMs: WAIT_CALL_MS,
      ...options,
    })
  }

  /** The stream of one call, which ends when the server ends it; a TaskReader goes on by itself. */
  watch(request: Partial<WatchTasksRequest>): ClientReadableStream<WatchTasksResponse> {
    return this.readers.watchTasks(WatchTasksRequest.create(request))
  }

  events(request: Partial<ListTaskEventsRequest>): Promise<ListTaskEventsResponse> {
    return call((...rest) => this.readers.listTaskEvents(ListTaskEventsRequest.create(request), ...rest))
  }

  cancel(request: Partial<CancelTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.readers.cancelTask(CancelTaskRequest.create(request), ...rest))
  }

  pause(request: Partial<PauseTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.readers.pauseTask(PauseTaskRequest.create(request), ...rest))
  }

  resume(request: Partial<ResumeTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.readers.resumeTask(ResumeTaskRequest.create(request), ...rest))
  }

  create(request: Partial<CreateTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.createTask(CreateTaskRequest.create(request), ...rest))
  }

  async start(request: Partial<StartTaskRequest>): Promise<Task> {
    const { task } = await this.startWithLease(request)
    return task
  }

  /** Starts a task, and answers the token of its lease; '' when it has no lease policy. */
  async startWithLease(request: Partial<StartTaskRequest>): Promise<{ task: Task; leaseToken: string }> {
    const answer = await call<StartTaskResponse>((...rest) => this.producers.startTask(StartTaskRequest.create(request), ...rest))
    return { task: present(answer.task), leaseToken: answer.leaseToken }
  }

  update(request: Partial<UpdateTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.updateTask(UpdateTaskRequest.create(request), ...rest))
  }

  renewLease(request: Partial<RenewTaskLeaseRequest>): Promise<RenewTaskLeaseResponse> {
    return call((...rest) => this.producers.renewTaskLease(RenewTaskLeaseRequest.create(request), ...rest))
  }

  acknowledgePause(request: Partial<AcknowledgePauseRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.acknowledgePause(AcknowledgePauseRequest.create(request), ...rest))
  }

  acknowledgeCancel(request: Partial<AcknowledgeCancelRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.acknowledgeCancel(AcknowledgeCancelRequest.create(request), ...rest))
  }

  complete(request: Partial<CompleteTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.completeTask(CompleteTaskRequest.create(request), ...rest))
  }

  fail(request: Partial<FailTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.producers.failTask(FailTaskRequest.create(request), ...rest))
  }

  async delete(request: Partial<DeleteTaskRequest>): Promise<void> {
    await call((...rest) => this.producers.deleteTask(DeleteTaskRequest.create(request), ...rest))
  }

  /** Ends the connection; calls in flight end CANCELLED. */
  close(): void {
    this.readers.close()
    this.producers.close()
  }
}

async function taskOf(send: Send<{ task: Task | undefined }>, settings?: CallSettings): Promise<Task> {
  return present((await call(send, settings)).task)
}

function present(task: Task | undefined): Task {
  if (task === undefined) throw new CallError('INTERNAL', 'The answer holds no task')
  return task
}

function call<Response>(send: Send<Response>, { deadlineMs = CALL_MS, signal }: CallSettings = {}): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = send(new Metadata(), { deadline: Date.now() + deadlineMs }, (error, response) => {
      signal?.removeEventListener('abort', cancel)
      if (error === null) resolve(response)
      else reject(CallError.from(error))
    })
    const cancel = (): void => sent.cancel()
    if (signal?.aborted === true) cancel()
    signal?.addEventListener('abort', cancel)
  })
}
