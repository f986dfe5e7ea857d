import { Spot } from '../document/fault-list.ts';
import {
  DEFAULT_KEYWORDS,
  IGNORED_KEYWORDS,
  JOB_KEYWORDS,
  REFUSED_KEYWORDS,
  SCRIPT_ONLY,
} from '../keywords/keywords.ts';
import { withJobInputs } from '../inputs/job-inputs.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import type { Reading } from '../reading.ts';
import { rejectUnknown } from '../document/values.ts';

/** A job with templates, references and defaults applied, not yet read. */
export interface JobSource {
  readonly name: string;
  readonly value: Mapping;
  readonly spot: Spot;
  /** Which global variables it takes: all, none, or these. */
  readonly inheritedVariables: boolean | ReadonlySet<string>;
}

export function sourceOf(name: string, reading: Reading): JobSource {
  const { owners } = reading.extender.extend(name);
  const spot = new Spot(reading.faults, [...owners, 'default']);
  const resolved = reading.references.resolve(get(reading.root, name), spot);
  const own = withoutNulls(isMapping(resolved) ? resolved : {});
  const { inheritedDefaults, inheritedVariables } = readInherit(get(own, 'inherit'), spot.child('inherit'));
  checkKeywords(own, spot);
  const isTrigger = Object.hasOwn(own, 'trigger');
  const entries = Object.entries(reading.defaults).filter(
    ([key]) =>
      (typeof inheritedDefaults === 'boolean' ? inheritedDefaults : inheritedDefaults.has(key)) &&
      !(isTrigger && SCRIPT_ONLY.has(key)),
  );
  const value = entries.length === 0 ? own : { ...Object.fromEntries(entries), ...own };
  return {
    name,
    value: withJobInputs(value, spot, reading.budget),
    spot,
    inheritedVariables,
  };
}

/** A keyword that is null counts as not there: so a job declines what its template gives. */
function withoutNulls(job: Mapping): Mapping {
  const kept = Object.entries(job).filter(([, value]) => value !== null);
  return kept.length === Object.keys(job).length ? job : Object.fromEntries(kept);
}

/** https://docs.gitlab.com/ci/yaml/#inherit */
function readInherit(
  value: unknown,
  spot: Spot,
): { inheritedDefaults: boolean | ReadonlySet<string>; inheritedVariables: boolean | ReadonlySet<string> } {
  if (value === undefined) return { inheritedDefaults: true, inheritedVariables: true };
  const inherit: Mapping = isMapping(value) ? value : (spot.invalid('a mapping', value) ?? {});
  rejectUnknown(inherit, ['default', 'variables'], spot);
  return {
    inheritedDefaults: readTaken(get(inherit, 'default'), spot.child('default'), DEFAULT_KEYWORDS),
    inheritedVariables: readTaken(get(inherit, 'variables'), spot.child('variables')),
  };
}

/** `known`: the names that there are. */
function readTaken(value: unknown, spot: Spot, known?: readonly string[]): boolean | ReadonlySet<string> {
  if (value === undefined || typeof value === 'boolean') return value ?? true;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    const unknown = value.find((item) => known?.includes(item) === false);
    if (unknown !== undefined) spot.invalid(`made of ${known?.join(', ')}`, unknown);
    return new Set(value);
  }
  return spot.invalid('true, false or a list of names', value) ?? true;
}

/** What cannot be done here matters only where the job is in the pipeline. */
export function refuseKeywords({ value, spot }: JobSource): void {
  for (const keyword of Object.keys(value)) {
    const remedy = REFUSED_KEYWORDS.get(keyword);
    if (remedy !== undefined) spot.child(keyword).error('GITLAB_KEYWORD_UNSUPPORTED', { keyword, remedy });
  }
}

const KNOWN: readonly string[] = [...JOB_KEYWORDS, ...REFUSED_KEYWORDS.keys(), ...IGNORED_KEYWORDS];

function checkKeywords(value: Mapping, spot: Spot): void {
  const isTrigger = Object.hasOwn(value, 'trigger');
  for (const keyword of Object.keys(value)) {
    if (isTrigger && SCRIPT_ONLY.has(keyword))
      spot.child(keyword).error('GITLAB_KEYWORD_MISPLACED', { keyword, place: 'a job with a `trigger`' });
    else if (JOB_KEYWORDS.has(keyword) || REFUSED_KEYWORDS.has(keyword)) continue;
    else if (IGNORED_KEYWORDS.has(keyword)) spot.child(keyword).warn('GITLAB_KEYWORD_IGNORED', { keyword });
    else spot.child(keyword).unknown(keyword, KNOWN);
  }
  for (const keyword of ['only', 'except']) {
    if (Object.hasOwn(value, 'rules') && Object.hasOwn(value, keyword))
      spot.child(keyword).error('GITLAB_KEYWORD_MISPLACED', { keyword, place: 'a job with `rules`' });
  }
}
