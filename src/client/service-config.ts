// The published retry policy, as a gRPC service config (gRPC A6).

const METHODS_SAFE_TO_REPEAT = [
  { service: 'openshift.v1.TaskService' },
  // With a request_id, which the client always sends.
  { service: 'openshift.v1.TaskProducerService', method: 'CreateTask' },
]

/** Repeats what is safe to repeat after UNAVAILABLE: 5 attempts within the deadline, with growing random waits between. */
export const SERVICE_CONFIG = {
  methodConfig: [
    {
      name: METHODS_SAFE_TO_REPEAT,
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: '0.1s',
        maxBackoff: '2s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
} as const
