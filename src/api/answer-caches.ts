// The answers that are kept for who asks again, in each form that callers take them in.
import { isNoneMatch } from '../base/entity-tag.js'
import { ANSWER_LIMITS } from '../limits.js'
import { AnswerCache, type KeptAnswer } from './answer-cache.js'
import type { JsonAnswer } from './api-method.js'

/** One cache for each form. */
export interface AnswerCaches {
  readonly message: AnswerCache<Uint8Array>
  readonly json: AnswerCache<string | Uint8Array>
}

/** Empty ones. */
export function answerCaches(): AnswerCaches {
  return { message: new AnswerCache(ANSWER_LIMITS), json: new AnswerCache(ANSWER_LIMITS) }
}

/** A JSON answer as `If-None-Match` has it. */
export function conditional({ body, etag }: KeptAnswer<string | Uint8Array>, ifNoneMatch: string | undefined): JsonAnswer {
  return { json: etag !== undefined && isNoneMatch(ifNoneMatch, etag) ? undefined : body, etag }
}
