/** Names of the headers of the runner API. */
export const protocolHeader = {
  runnerToken: 'RUNNER-TOKEN',
  jobToken: 'JOB-TOKEN',
  /** An access token, as clients of GitLab send it. */
  privateToken: 'PRIVATE-TOKEN',
  /** On answers to updates and log patches: `canceling`, `canceled` and `failed` make the runner stop. */
  jobStatus: 'Job-Status',
  /** Opaque mark of the queue; comes back in the body of the next request as `last_update`. */
  lastUpdate: 'X-GitLab-Last-Update',
  /** Seconds until the next piece of log. */
  traceInterval: 'X-GitLab-Trace-Update-Interval',
  /** The same for all tries of one request. */
  requestId: 'X-Request-Id',
} as const;
