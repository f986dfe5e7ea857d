import type { Spot } from '../document/fault-list.ts';
import type { Retry } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { readTexts, readWhole, readWholes, warnUnknown } from '../document/values.ts';

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

export const NO_RETRY: Retry = { max: 0, when: ['always'], exitCodes: [] };

export function readRetry(value: unknown, spot: Spot): Retry | undefined {
  if (value === undefined) return undefined;
  const range = { min: 0, max: 2 };
  if (!isMapping(value)) return { ...NO_RETRY, max: readWhole(value, spot, range) ?? 0 };
  warnUnknown(value, ['max', 'when', 'exit_codes'], spot);
  const exitCodes = readWholes(get(value, 'exit_codes'), spot.child('exit_codes'));
  const when = readTexts(get(value, 'when'), spot.child('when'));
  for (const reason of when ?? []) {
    if (!REASONS.has(reason)) spot.child('when').invalid(`one of ${[...REASONS].join(', ')}`, reason);
  }
  return {
    max: readWhole(get(value, 'max') ?? 0, spot.child('max'), range) ?? 0,
    when: when ?? (exitCodes === undefined ? ['always'] : []),
    exitCodes: exitCodes ?? [],
  };
}
