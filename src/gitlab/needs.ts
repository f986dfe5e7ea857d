import type { Spot } from './fault-list.ts';
import type { Need } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import { readFlag, readText, warnUnknown } from './values.ts';

export function readNeeds(value: unknown, spot: Spot): readonly Need[] | undefined {
  if (value === undefined) return undefined;
  const items = Array.isArray(value) ? value.flat(10) : [value];
  const needs = items.map((item, index) => readNeed(item, spot.child(index)));
  return needs.filter((need) => need !== undefined);
}

function readNeed(value: unknown, spot: Spot): Need | undefined {
  if (typeof value === 'string') return { job: value, artifacts: true, optional: false };
  if (!isMapping(value)) return spot.invalid("a job's name or a mapping", value);
  for (const key of ['parallel', 'project', 'ref']) {
    if (Object.hasOwn(value, key))
      spot
        .child(key)
        .error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: `needs:${key}`, remedy: 'Need the job by its name' });
  }
  warnUnknown(value, ['job', 'artifacts', 'optional', 'pipeline', 'parallel', 'project', 'ref'], spot);
  const job = readText(get(value, 'job') ?? null, spot.child('job'));
  const pipeline = readText(get(value, 'pipeline'), spot.child('pipeline'));
  const artifacts = readFlag(get(value, 'artifacts'), spot.child('artifacts')) ?? true;
  const optional = readFlag(get(value, 'optional'), spot.child('optional')) ?? false;
  if (job === undefined) return undefined;
  return { job, artifacts, optional, ...(pipeline === undefined ? {} : { pipeline }) };
}
