import type { RuleOutcome } from '../conditions/rules.ts';
import { Field } from '../document/field.ts';
import { get, type Mapping } from '../document/mapping.ts';
import { checkMapping } from '../document/values.ts';
import { withJobInputs } from '../inputs/job-inputs.ts';
import {
  DEFAULT_KEYWORDS,
  IGNORED_KEYWORDS,
  JOB_KEYWORDS,
  REFUSED_KEYWORDS,
  SCRIPT_ONLY,
} from '../keywords/keywords.ts';
import type { Reading } from '../reading.ts';

/** Names that a job inherits: all, none, or these. */
type Inherited = boolean | ReadonlySet<string>;

/** A job with templates, references and defaults applied, not yet read. */
export interface JobSource {
  readonly name: string;
  readonly field: Field;
  readonly inheritedVariables: Inherited;
}

export function sourceOf(name: string, reading: Reading): JobSource {
  const { owners } = reading.extender.extend(name);
  const origin = { faults: reading.faults, owners: [...owners, 'default'] };
  const written = reading.references.resolve(new Field(origin, get(reading.root, name)));
  const field = written.with(withoutNulls(written.mapping));
  const inherit = field.at('inherit');
  if (inherit.value !== undefined) checkMapping(inherit, ['default', 'variables']);
  const inheritedDefaults = readInherited(inherit.at('default'), DEFAULT_KEYWORDS);
  checkKeywords(field);
  const defaults = Object.entries(reading.defaults).filter(
    ([key]) => inherits(inheritedDefaults, key) && !(field.has('trigger') && SCRIPT_ONLY.has(key)),
  );
  const whole = defaults.length === 0 ? field : field.with({ ...Object.fromEntries(defaults), ...field.mapping });
  return {
    name,
    field: withJobInputs(whole, reading.budget),
    inheritedVariables: readInherited(inherit.at('variables')),
  };
}

/** A keyword that is null counts as absent: so a job declines what its template sets. */
function withoutNulls(job: Mapping): Mapping {
  const kept = Object.entries(job).filter(([, value]) => value !== null);
  return kept.length === Object.keys(job).length ? job : Object.fromEntries(kept);
}

export function inherits(inherited: Inherited, name: string): boolean {
  return typeof inherited === 'boolean' ? inherited : inherited.has(name);
}

/** `known`: all names that exist. https://docs.gitlab.com/ci/yaml/#inherit */
function readInherited(field: Field, known?: readonly string[]): Inherited {
  const { value = true } = field;
  if (typeof value === 'boolean') return value;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    return field.invalid('true, false or a list of names') ?? true;
  const unknown = value.find((item) => known?.includes(item) === false);
  if (unknown !== undefined) field.invalid(`made of ${known?.join(', ')}`, unknown);
  return new Set(value);
}

/** Returns a keyword of the job, or of the rule that replaces it. */
export function ruledField({ field }: JobSource, outcome: RuleOutcome | undefined, key: string): Field {
  const ruled = outcome?.field?.at(key);
  return ruled?.value === undefined ? field.at(key) : ruled;
}

/** Reports keywords that are not supported, which matters only where the job is in the pipeline. */
export function refuseKeywords({ field }: JobSource): void {
  for (const keyword of Object.keys(field.mapping)) {
    const remedy = REFUSED_KEYWORDS.get(keyword);
    if (remedy !== undefined) field.at(keyword).unsupported(remedy);
  }
}

const KNOWN: readonly string[] = [...JOB_KEYWORDS, ...REFUSED_KEYWORDS.keys(), ...IGNORED_KEYWORDS];

function checkKeywords(job: Field): void {
  for (const keyword of Object.keys(job.mapping)) {
    const field = job.at(keyword);
    if (job.has('trigger') && SCRIPT_ONLY.has(keyword)) field.misplaced('a job with a `trigger`');
    else if (JOB_KEYWORDS.has(keyword) || REFUSED_KEYWORDS.has(keyword)) continue;
    else if (IGNORED_KEYWORDS.has(keyword)) field.ignored();
    else field.unknown(KNOWN);
  }
  for (const keyword of ['only', 'except'])
    if (job.has('rules') && job.has(keyword)) job.at(keyword).misplaced('a job with `rules`');
}
