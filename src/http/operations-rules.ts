// The REST rules of google.longrunning.Operations here: names are instances/*/operations/*, not the operations/** of the
// upstream file, so these stand in place of its annotations.
import type { ServiceRule } from '../gateway/http-rule.js'

const SERVICE = 'google.longrunning.Operations'
const OPERATION = '/v1/{name=instances/*/operations/*}'

/** A rule for each method of the service. */
export const OPERATIONS_RULES: readonly ServiceRule[] = [
  { selector: `${SERVICE}.ListOperations`, get: '/v1/{name=instances/*}/operations' },
  { selector: `${SERVICE}.GetOperation`, get: OPERATION },
  { selector: `${SERVICE}.DeleteOperation`, delete: OPERATION },
  { selector: `${SERVICE}.CancelOperation`, post: `${OPERATION}:cancel`, body: '*' },
  { selector: `${SERVICE}.WaitOperation`, post: `${OPERATION}:wait`, body: '*' },
]
