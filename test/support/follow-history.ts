// Follows an instance through several servers and records it, going on elsewhere when a stream ends.
import { ChannelCredentials } from '@grpc/grpc-js'
import { TaskServiceClient, WatchTasksRequest, type WatchTasksResponse } from '../../gen/openshift/v1/task_service.js'
import type { WatchHistory } from './history.js'

/** What is followed, and until when. */
export interface Following {
  readonly serviceInstanceId: string
  /** `host:port` of each server; a watcher begins at `first`, and goes round. */
  readonly addresses: readonly string[]
  readonly first: number
  /** The watcher stops once it has seen this revision; undefined while that is not known. */
  readonly last: () => bigint | undefined
}

/** Resolves once `history` holds all up to the last revision. */
export async function followInto(history: WatchHistory, following: Following): Promise<void> {
  const { addresses, first, last } = following
  const isDone = (): boolean => (history.position ?? 0n) >= (last() ?? Infinity)
  for (let turn = first; !isDone(); turn += 1) await oneStream(addresses[turn % addresses.length]!, history, { ...following, isDone })
}

async function oneStream(
  address: string,
  history: WatchHistory,
  { serviceInstanceId, isDone }: Following & { readonly isDone: () => boolean },
): Promise<void> {
  const client = new TaskServiceClient(address, ChannelCredentials.createInsecure())
  history.begin()
  const { position } = history
  const stream = client.watchTasks(WatchTasksRequest.create({ serviceInstanceId, afterRevision: position, snapshot: position === undefined }))
  await new Promise<void>((resolve) => {
    stream.on('error', () => resolve())
    stream.on('end', () => resolve())
    stream.on('data', (answer: WatchTasksResponse) => {
      history.see(answer)
      if (!isDone()) return
      stream.cancel()
      resolve()
    })
  })
  client.close()
}
