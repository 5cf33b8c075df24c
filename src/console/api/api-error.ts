// Why a request was not answered with what was asked for.
import type { AnyJson, StatusJson } from './task.js'

/** An error of the API: google.rpc.Status with the HTTP status it came with. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly httpStatus: number
  readonly details: readonly AnyJson[]
  /** `reason` of google.rpc.ErrorInfo; empty when the answer names none. */
  readonly reason: string

  constructor(httpStatus: number, { message = '', details = [] }: StatusJson) {
    super(message === '' ? `HTTP ${httpStatus}` : message)
    this.httpStatus = httpStatus
    this.details = details
    const info = details.find((detail) => String(detail['@type']).endsWith('/google.rpc.ErrorInfo'))
    this.reason = typeof info?.['reason'] === 'string' ? info['reason'] : ''
  }
}

/** The server did not answer at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** The error in an answer that is none of the API's: a proxy may have given it. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  return new ApiError(response.status, statusIn(text))
}

/** google.rpc.Status in `text`; an empty one when there is none. */
export function statusIn(text: string): StatusJson {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // No JSON: what a proxy says is no status.
  }
  return {}
}
