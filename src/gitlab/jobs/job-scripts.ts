import type { Spot } from '../document/fault-list.ts';
import type { JobPlan } from '../job-plan.ts';
import type { JobSource } from './job-source.ts';
import { get } from '../document/mapping.ts';
import type { Reading } from '../reading.ts';
import type { ScriptReader } from '../keywords/script.ts';
import { readMapping, rejectUnknown } from '../document/values.ts';

type Scripts = Pick<JobPlan, 'script' | 'afterScript' | 'preGetSources'>;

/** What a job runs; nothing for a trigger. https://docs.gitlab.com/ci/yaml/script/ */
export function readScripts({ name, value, spot }: JobSource, { scripts }: Reading): Scripts {
  if (Object.hasOwn(value, 'trigger')) return { script: [], afterScript: [] };
  const read = (key: string) => scripts.read(get(value, key), spot.child(key));
  const own = get(value, 'script');
  if (isBlank(own)) spot.error('GITLAB_SCRIPT_MISSING', { job: name });
  const before = read('before_script') ?? [];
  const script = own === null ? [] : (read('script') ?? []);
  const preGetSources = readHooks(get(value, 'hooks'), spot.child('hooks'), scripts);
  return {
    script: scripts.join(before, script),
    afterScript: read('after_script') ?? [],
    ...(preGetSources === undefined ? {} : { preGetSources }),
  };
}

function isBlank(script: unknown): boolean {
  if (typeof script === 'string') return script.trim() === '';
  return script === undefined || script === null || (Array.isArray(script) && script.length === 0);
}

/** https://docs.gitlab.com/ci/yaml/#hooks */
function readHooks(value: unknown, spot: Spot, scripts: ScriptReader): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const hooks = readMapping(value, spot) ?? {};
  rejectUnknown(hooks, ['pre_get_sources_script'], spot);
  return scripts.read(get(hooks, 'pre_get_sources_script'), spot.child('pre_get_sources_script'));
}
