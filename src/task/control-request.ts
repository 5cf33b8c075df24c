// Requests to pause or cancel: asked for by somebody, then acknowledged, abandoned or overtaken.
import { ControlRequest, type ControlRequest_State, type Task } from '../../gen/openshift/v1/task.js'
import { CONTROL_LIMITS } from '../limits.js'

/** A new request, to be answered within CONTROL_LIMITS.answerMs. */
export function requested(by: string, reason: string, at: Date): ControlRequest {
  const answerBy = new Date(at.getTime() + CONTROL_LIMITS.answerMs)
  return ControlRequest.create({ state: 'REQUESTED', requestedBy: by, requestedAt: at, reason, answerBy })
}

/** The request after something became of it; one that was settled before stays as it was. */
export function settled(
  request: ControlRequest | undefined,
  state: Exclude<ControlRequest_State, 'REQUESTED'>,
  at: Date,
): ControlRequest | undefined {
  return request?.state === 'REQUESTED' ? { ...request, state, settledAt: at } : request
}

/** The request that waits for an answer of the producer. */
export function openRequest({ cancelRequest, pauseRequest }: Task): ControlRequest | undefined {
  return [cancelRequest, pauseRequest].find((request) => request?.state === 'REQUESTED')
}
