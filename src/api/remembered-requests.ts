// Requests that a transport hands over as the same bytes again and again: each is read once.
import type { ApiRequest, ApiUnaryMethod } from './api-method.js'
import type { Soon } from '../base/soon.js'

/** `method`, for requests whose bytes, as an object, are those of an earlier call. What cannot be read is read again each time. */
export function remembering(method: ApiUnaryMethod): ApiUnaryMethod {
  const requests = new WeakMap<Uint8Array, ApiRequest<Soon<Uint8Array>>>()
  return {
    ...method,
    read(bytes) {
      const known = requests.get(bytes)
      if (known !== undefined) return known
      const request = method.read(bytes)
      requests.set(bytes, request)
      return request
    },
  }
}
