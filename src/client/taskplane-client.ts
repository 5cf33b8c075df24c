// A client of both task services over gRPC: promises instead of callbacks, deadlines, and the published retry policy.
import { Metadata, type CallOptions, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import {
  AcknowledgeCancelRequest,
  AcknowledgePauseRequest,
  CompleteTaskRequest,
  CreateTaskRequest,
  DeleteTaskRequest,
  FailTaskRequest,
  RenewTaskLeaseRequest,
  StartTaskRequest,
  UpdateTaskRequest,
  type RenewTaskLeaseResponse,
  type StartTaskResponse,
} from '../../gen/openshift/v1/task_producer_service.js'
import {
  CancelTaskRequest,
  GetTaskRequest,
  CountTasksRequest,
  ListTaskEventsRequest,
  ListTasksRequest,
  PauseTaskRequest,
  ResumeTaskRequest,
  WaitTaskRequest,
  WatchTasksRequest,
  type CountTasksResponse,
  type ListTaskEventsResponse,
  type ListTasksResponse,
  type WatchTasksResponse,
} from '../../gen/openshift/v1/task_service.js'
import type { Task } from '../../gen/openshift/v1/task.js'
import { CallChannels } from './call-channels.js'
import { CallError } from './call-error.js'
import type { ConnectionOptions } from './connection.js'

/** Milliseconds that a call may take with its retries. */
const CALL_MS = 15_000
/** Milliseconds that a call may take that waits for a task. */
const WAIT_CALL_MS = 60_000

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
  private readonly channels: CallChannels

  /** `address`: `host:port`. Connects at the first call. */
  constructor(address: string, connection: ConnectionOptions = {}) {
    this.channels = new CallChannels(address, connection)
  }

  get(request: Partial<GetTaskRequest>, settings?: CallSettings): Promise<Task> {
    return taskOf((...rest) => this.channels.readers.getTask(GetTaskRequest.create(request), ...rest), settings)
  }

  list(request: Partial<ListTasksRequest>): Promise<ListTasksResponse> {
    return call((...rest) => this.channels.readers.listTasks(ListTasksRequest.create(request), ...rest))
  }

  /** Answers within the time of one call: ask again while the task has not ended. */
  wait(request: Partial<WaitTaskRequest>, options?: CallSettings): Promise<Task> {
    const lane = this.channels.lane()
    return taskOf((...rest) => lane.client.waitTask(WaitTaskRequest.create(request), ...rest), {
      deadlineMs: WAIT_CALL_MS,
      ...options,
    }).finally(() => lane.leave())
  }

  /** The stream of one call, which ends when the server ends it; a TaskReader goes on by itself. */
  watch(request: Partial<WatchTasksRequest>): ClientReadableStream<WatchTasksResponse> {
    const lane = this.channels.lane()
    return lane.client.watchTasks(WatchTasksRequest.create(request)).once('status', () => lane.leave())
  }

  count(request: Partial<CountTasksRequest>): Promise<CountTasksResponse> {
    return call((...rest) => this.channels.readers.countTasks(CountTasksRequest.create(request), ...rest))
  }

  events(request: Partial<ListTaskEventsRequest>): Promise<ListTaskEventsResponse> {
    return call((...rest) => this.channels.readers.listTaskEvents(ListTaskEventsRequest.create(request), ...rest))
  }

  cancel(request: Partial<CancelTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.readers.cancelTask(CancelTaskRequest.create(request), ...rest))
  }

  pause(request: Partial<PauseTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.readers.pauseTask(PauseTaskRequest.create(request), ...rest))
  }

  resume(request: Partial<ResumeTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.readers.resumeTask(ResumeTaskRequest.create(request), ...rest))
  }

  create(request: Partial<CreateTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.createTask(CreateTaskRequest.create(request), ...rest))
  }

  async start(request: Partial<StartTaskRequest>): Promise<Task> {
    const { task } = await this.startWithLease(request)
    return task
  }

  /** Starts a task, and answers the token of its lease; '' when it has no lease policy. */
  async startWithLease(request: Partial<StartTaskRequest>): Promise<{ task: Task; leaseToken: string }> {
    const answer = await call<StartTaskResponse>((...rest) => this.channels.producers.startTask(StartTaskRequest.create(request), ...rest))
    return { task: present(answer.task), leaseToken: answer.leaseToken }
  }

  update(request: Partial<UpdateTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.updateTask(UpdateTaskRequest.create(request), ...rest))
  }

  renewLease(request: Partial<RenewTaskLeaseRequest>, settings?: CallSettings): Promise<RenewTaskLeaseResponse> {
    return call((...rest) => this.channels.producers.renewTaskLease(RenewTaskLeaseRequest.create(request), ...rest), settings)
  }

  acknowledgePause(request: Partial<AcknowledgePauseRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.acknowledgePause(AcknowledgePauseRequest.create(request), ...rest))
  }

  acknowledgeCancel(request: Partial<AcknowledgeCancelRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.acknowledgeCancel(AcknowledgeCancelRequest.create(request), ...rest))
  }

  complete(request: Partial<CompleteTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.completeTask(CompleteTaskRequest.create(request), ...rest))
  }

  fail(request: Partial<FailTaskRequest>): Promise<Task> {
    return taskOf((...rest) => this.channels.producers.failTask(FailTaskRequest.create(request), ...rest))
  }

  async delete(request: Partial<DeleteTaskRequest>): Promise<void> {
    await call((...rest) => this.channels.producers.deleteTask(DeleteTaskRequest.create(request), ...rest))
  }

  /** Ends the connection; calls in flight end CANCELLED. */
  close(): void {
    this.channels.close()
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
