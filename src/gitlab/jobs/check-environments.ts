import type { Mapping } from '../document/mapping.ts';
import type { JobSource } from './job-source.ts';

/**
 * The job that stops an environment must exist and stop this very one; names are compared as written, as in GitLab.
 */
export function checkEnvironments(sources: readonly JobSource[]): void {
  const byName = new Map(sources.map((source) => [source.name, source]));
  for (const { name, field } of sources) {
    const environment = field.at('environment');
    const onStop = environment.at('on_stop');
    if (typeof onStop.value !== 'string') continue;
    const reason = faultOf(byName.get(onStop.value), environment.mapping);
    if (reason !== undefined) onStop.error('GITLAB_ON_STOP_INVALID', { job: name, stop: onStop.value, reason });
  }
}

function faultOf(job: JobSource | undefined, started: Mapping): string | undefined {
  if (job === undefined) return 'which does not exist';
  const own = job.field.at('environment');
  if (own.value === undefined) return 'which has no environment';
  const { name, action } = own.isMapping ? own.mapping : { name: own.value };
  if (name !== started['name']) return 'whose environment has another name';
  return action === 'stop' ? undefined : 'which does not have `action: stop`';
}
