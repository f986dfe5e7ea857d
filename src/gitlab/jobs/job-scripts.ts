import type { Field } from '../document/field.ts';
import { checkMapping } from '../document/values.ts';
import type { JobPlan } from '../job-plan.ts';
import type { ScriptReader } from '../keywords/script.ts';
import type { Reading } from '../reading.ts';
import type { JobSource } from './job-source.ts';

type Scripts = Pick<JobPlan, 'script' | 'afterScript' | 'preGetSources'>;

/** Reads what a job runs; nothing for a trigger. https://docs.gitlab.com/ci/yaml/script/ */
export function readScripts({ name, field }: JobSource, { scripts }: Reading): Scripts {
  if (field.has('trigger')) return { script: [], afterScript: [] };
  const script = field.at('script');
  if (isBlank(script.value)) field.error('GITLAB_SCRIPT_MISSING', { job: name });
  return {
    script: scripts.join(scripts.read(field.at('before_script')) ?? [], scripts.read(script) ?? []),
    afterScript: scripts.read(field.at('after_script')) ?? [],
    preGetSources: readHooks(field.at('hooks'), scripts),
  };
}

function isBlank(script: unknown): boolean {
  if (typeof script === 'string') return script.trim() === '';
  return script === undefined || (Array.isArray(script) && script.length === 0);
}

/** https://docs.gitlab.com/ci/yaml/#hooks */
function readHooks(field: Field, scripts: ScriptReader): readonly string[] | undefined {
  if (field.value === undefined) return undefined;
  checkMapping(field, ['pre_get_sources_script']);
  return scripts.read(field.at('pre_get_sources_script'));
}
