import type { Spot } from '../document/fault-list.ts';
import type { Retry } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { readTexts, readWhole, readWholes, rejectUnknown } from '../document/values.ts';

/** https://docs.gitlab.com/ci/yaml/#retrywhen */
const REASONS: ReadonlySet<string> = new Set([
  'always',
  'unknown_failure',
  'script_failure',
  'api_failure',
  'stuck_or_timeout_failure',
  'runner_system_failure',
  'runner_unsupported',
  'stale_schedule',
  'job_execution_timeout',
  'archived_failure',
  'unmet_prerequisites',
  'scheduler_failure',
  'data_integrity_failure',
]);

/**
 * Reasons that the manual does not name, and that GitLab takes all the same, as it does any that it knows for a
 * failure.
 */
const OTHER_REASONS: ReadonlySet<string> = new Set([
  'builds_disabled',
  'ci_quota_exceeded',
  'deployment_rejected',
  'downstream_bridge_project_not_found',
  'downstream_pipeline_creation_failed',
  'environment_creation_failure',
  'failed_outdated_deployment_job',
  'forward_deployment_failure',
  'image_pull_failure',
  'insufficient_bridge_permissions',
  'insufficient_upstream_permissions',
  'invalid_bridge_trigger',
  'ip_restriction_failure',
  'job_execution_server_timeout',
  'job_router_failure',
  'job_token_expired',
  'missing_dependency_failure',
  'no_matching_runner',
  'pipeline_loop_detected',
  'project_deleted',
  'protected_environment_failure',
  'reached_downstream_pipeline_trigger_rate_limit',
  'reached_max_descendant_pipelines_depth',
  'reached_max_pipeline_hierarchy_size',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'secrets_provider_not_found',
  'trace_size_exceeded',
  'upstream_bridge_project_not_found',
  'user_blocked',
]);

export const NO_RETRY: Retry = { max: 0, when: ['always'], exitCodes: [] };

export function readRetry(value: unknown, spot: Spot): Retry | undefined {
  if (value === undefined) return undefined;
  const range = { min: 0, max: 2 };
  if (!isMapping(value)) return { ...NO_RETRY, max: readWhole(value, spot, range) ?? 0 };
  rejectUnknown(value, ['max', 'when', 'exit_codes'], spot);
  const exitCodes = readWholes(get(value, 'exit_codes'), spot.child('exit_codes'));
  const when = readTexts(get(value, 'when'), spot.child('when'));
  for (const reason of when ?? []) {
    if (REASONS.has(reason) || OTHER_REASONS.has(reason)) continue;
    spot.child('when').invalid(`one of ${[...REASONS].join(', ')}`, reason);
  }
  return {
    max: readWhole(get(value, 'max') ?? 0, spot.child('max'), range) ?? 0,
    when: when ?? (exitCodes === undefined ? ['always'] : []),
    exitCodes: exitCodes ?? [],
  };
}
