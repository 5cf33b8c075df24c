// Requests that were read lately: who polls sends the same bytes again and again, and what they mean does not change.
import { RecentMap } from '../base/recent-map.js'
import { ANSWER_LIMITS } from '../limits.js'

/** Bytes of a request that is remembered, at most: a task by its ids, a list with a filter. */
const REQUEST_BYTES = 1024
/** About what an entry takes beside its bytes. */
const ENTRY_BYTES = 1000

/** The requests of one method, ANSWER_LIMITS.requestBytes of them. */
export class RememberedRequests<Request> {
  private readonly requests = new RecentMap<Request>(ANSWER_LIMITS.requestBytes, () => ENTRY_BYTES)

  /** What `bytes` say, read by `read` where that is not known. What cannot be read is read again each time. */
  get(bytes: Uint8Array, read: (bytes: Uint8Array) => Request): Request {
    if (bytes.length > REQUEST_BYTES) return read(bytes)
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    const known = this.requests.get(key)
    if (known !== undefined) return known
    const request = read(bytes)
    this.requests.set(key, request)
    return request
  }
}
