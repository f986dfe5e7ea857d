import type { JobSource } from './job-source.ts';
import { get, isMapping } from '../document/mapping.ts';

/**
 * The job that stops an environment must be there and stop this very one; names are compared as written, as GitLab
 * does.
 */
export function checkEnvironments(sources: readonly JobSource[]): void {
  const byName = new Map(sources.map((source) => [source.name, source]));
  for (const { name, value, spot } of sources) {
    const environment = get(value, 'environment');
    if (!isMapping(environment)) continue;
    const stop = get(environment, 'on_stop');
    if (typeof stop !== 'string') continue;
    const reason = faultOf(byName.get(stop), environment);
    if (reason !== undefined)
      spot.child('environment').child('on_stop').error('GITLAB_ON_STOP_INVALID', { job: name, stop, reason });
  }
}

function faultOf(job: JobSource | undefined, started: Readonly<Record<string, unknown>>): string | undefined {
  if (job === undefined) return 'which does not exist';
  const own = get(job.value, 'environment');
  if (own === undefined) return 'which has no environment';
  const { name, action } = isMapping(own) ? own : { name: own };
  if (name !== get(started, 'name')) return 'whose environment has another name';
  return action === 'stop' ? undefined : 'which does not say `action: stop`';
}
