import type { Spot } from '../document/fault-list.ts';
import type { Need } from '../job-plan.ts';
import { get, isMapping } from '../document/mapping.ts';
import { readVariants, type Variant } from './matrix.ts';
import { readFlag, readMapping, readText, rejectUnknown } from '../document/values.ts';

/** A need as written: of a job with `parallel` it may mean some copies only. */
export interface WrittenNeed extends Need {
  readonly variants?: readonly Variant[];
}

/** https://docs.gitlab.com/ci/yaml/#needs */
export function readNeeds(value: unknown, spot: Spot): readonly WrittenNeed[] | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value);
  if (!isList && !isMapping(value)) return spot.invalid('a list of needs', value);
  const items = isList ? value.flat(10) : [value];
  const needs = items.map((item, index) => readNeed(item, isList ? spot.child(index) : spot));
  return needs.filter((need) => need !== undefined);
}

function readNeed(value: unknown, spot: Spot): WrittenNeed | undefined {
  if (typeof value === 'string') return { job: value, artifacts: true, optional: false };
  if (!isMapping(value)) return spot.invalid("a job's name or a mapping", value);
  if (Object.hasOwn(value, 'project'))
    return refuse(spot.child('project'), 'Need a job of this pipeline or of its parent');
  if (Object.hasOwn(value, 'pipeline') && !Object.hasOwn(value, 'job'))
    return refuse(spot.child('pipeline'), 'Need a job by its name');
  rejectUnknown(value, ['job', 'artifacts', 'optional', 'pipeline', 'parallel', 'ref'], spot);
  const job = readText(get(value, 'job') ?? null, spot.child('job'));
  const pipeline = readText(get(value, 'pipeline'), spot.child('pipeline'));
  const artifacts = readFlag(get(value, 'artifacts'), spot.child('artifacts')) ?? true;
  const optional = readFlag(get(value, 'optional'), spot.child('optional')) ?? false;
  const variants = readChosen(get(value, 'parallel'), spot.child('parallel'));
  if (job === undefined) return undefined;
  return {
    job,
    artifacts,
    optional,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(variants === undefined ? {} : { variants }),
  };
}

function refuse(spot: Spot, remedy: string): undefined {
  return spot.error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: spot.key, remedy });
}

function readChosen(value: unknown, spot: Spot): readonly Variant[] | undefined {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot) ?? {};
  rejectUnknown(mapping, ['matrix'], spot);
  return readVariants(get(mapping, 'matrix'), spot.child('matrix'));
}
