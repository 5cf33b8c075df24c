// What a follower tells.
import type { WatchAnswer } from './task.js'

/** How a follower stands. */
export type Connection =
  | { readonly kind: 'connecting' }
  /** `behindMs`: how old what comes in now is; 0 when all is shown. */
  | { readonly kind: 'live'; readonly behindMs: number }
  /** `since` and `retryAt` as of Date.now(). */
  | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number; readonly error: Error }

/** Who hears of it. */
export interface FollowListener {
  /** What happened, in order, each once. */
  readonly onAnswers: (answers: readonly WatchAnswer[]) => void
  readonly onConnection: (connection: Connection) => void
}
