/** Failures after which another attempt may succeed. A failed script is not one: the same recipe fails again. */
export const slipwayRetry = {
  max: 2,
  when: [
    'runner_system_failure',
    'stuck_or_timeout_failure',
    'api_failure',
    'scheduler_failure',
    'stale_schedule',
    'data_integrity_failure',
    'unknown_failure',
  ],
};

/** The value of Spack, whose exit status does not distinguish a failed compile from a failed download. */
export const spackRetry = {
  max: 2,
  when: [
    'unknown_failure',
    'script_failure',
    'api_failure',
    'stuck_or_timeout_failure',
    'runner_system_failure',
    'runner_unsupported',
    'stale_schedule',
    'archived_failure',
    'unmet_prerequisites',
    'scheduler_failure',
    'data_integrity_failure',
  ],
};

/** For the jobs around the builds: signing apart, which is tried again whatever happened. */
export const serviceRetry = {
  max: 2,
  when: ['runner_system_failure', 'stuck_or_timeout_failure', 'script_failure'],
};
