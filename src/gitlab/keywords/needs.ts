import type { Field } from '../document/field.ts';
import { checkMapping, readFlag, readText } from '../document/values.ts';
import type { Need } from '../job-plan.ts';
import { readVariants, type Variant } from './matrix.ts';

/** A need as written: of a job with `parallel` it may mean some copies only. */
export interface WrittenNeed extends Need {
  readonly variants?: readonly Variant[];
}

const KEYS = ['job', 'artifacts', 'optional', 'pipeline', 'parallel', 'ref', 'project'];

/** https://docs.gitlab.com/ci/yaml/#needs */
export function readNeeds(field: Field): readonly WrittenNeed[] | undefined {
  const { value } = field;
  if (value === undefined) return undefined;
  if (!Array.isArray(value) && !field.isMapping) return field.invalid('a list of needs');
  // Empty items have no effect, as those of a list that templates leave empty.
  const needs = Array.isArray(value) ? field.with(value.flat(10).filter((need) => need !== null)) : field;
  return needs
    .items()
    .map(readNeed)
    .filter((need) => need !== undefined);
}

function readNeed(field: Field): WrittenNeed | undefined {
  if (typeof field.value === 'string') return { job: field.value, artifacts: true, optional: false };
  if (!field.isMapping) return field.invalid("a job's name or a mapping");
  if (field.has('pipeline') && !field.has('job')) return field.at('pipeline').unsupported('Need a job by its name');
  checkMapping(field, KEYS);
  const job = readText(field.required('job'));
  const options = {
    artifacts: readFlag(field.at('artifacts')) ?? true,
    optional: readFlag(field.at('optional')) ?? false,
    pipeline: readText(field.at('pipeline')),
    ...readProject(field),
    variants: readChosen(field.at('parallel')),
  };
  return job === undefined ? undefined : { job, ...options };
}

/** https://docs.gitlab.com/ci/yaml/#needsproject */
function readProject(field: Field): Pick<Need, 'project' | 'ref'> {
  if (!field.has('project')) return {};
  return { project: readText(field.required('project')), ref: readText(field.required('ref')) };
}

function readChosen(field: Field): readonly Variant[] | undefined {
  if (field.value === undefined) return undefined;
  checkMapping(field, ['matrix']);
  return readVariants(field.at('matrix'));
}
