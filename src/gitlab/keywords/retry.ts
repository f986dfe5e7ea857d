import type { Field } from '../document/field.ts';
import { checkMapping, readExitCodes, readTexts, readWhole } from '../document/values.ts';
import type { Retry } from '../job-plan.ts';

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
 * Reasons that the manual does not name, but that GitLab accepts, as it does every failure reason of its own.
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

export function readRetry(field: Field): Retry | undefined {
  if (field.value === undefined) return undefined;
  const range = { min: 0, max: 2 };
  if (!field.isMapping) return { ...NO_RETRY, max: readWhole(field, range) ?? 0 };
  checkMapping(field, ['max', 'when', 'exit_codes']);
  const max = field.at('max');
  const exitCodes = readExitCodes(field.at('exit_codes'));
  const when = readTexts(field.at('when'));
  for (const reason of when ?? []) {
    if (REASONS.has(reason) || OTHER_REASONS.has(reason)) continue;
    field.at('when').invalid(`one of ${[...REASONS].join(', ')}`, reason);
  }
  return {
    max: (max.isEmpty ? 0 : readWhole(max, range)) ?? 0,
    when: when ?? (exitCodes === undefined ? ['always'] : []),
    exitCodes: exitCodes ?? [],
  };
}
