import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readFlag, readText } from '../document/values.ts';
import type { Trigger, TriggerInclude } from '../job-plan.ts';

const MAX_INCLUDES = 3;
const REMEDY = 'Trigger a child pipeline with `trigger:include`';
const REFUSED = ['project', 'branch', 'inputs'];
const INCLUDE_KINDS = ['artifact', 'local', 'remote', 'project', 'template', 'component'] as const;

interface TriggerSetting {
  /** Whether text from outside of the repository can be fetched at all. */
  readonly mayFetch: boolean;
  /** Whether the job is left out of this pipeline: then what is unavailable here is not reported. */
  readonly isLeftOut: boolean;
}

/** https://docs.gitlab.com/ci/yaml/#trigger */
export function readTrigger(field: Field, { mayFetch, isLeftOut }: TriggerSetting): Trigger | undefined {
  const refuse = (key: string) => (isLeftOut ? undefined : field.at(key).unsupported(REMEDY));
  if (field.value === undefined) return undefined;
  if (typeof field.value === 'string') return refuse('project');
  if (!checkMapping(field, ['include', 'strategy', 'forward', ...REFUSED])) return undefined;
  for (const key of REFUSED.filter((name) => field.has(name))) refuse(key);
  return {
    include: field.has('project') ? [] : readIncludes(field.at('include'), mayFetch || isLeftOut),
    strategy: readChoice(field.at('strategy'), ['depend', 'mirror']),
    forward: readForward(field.at('forward')),
  };
}

function readIncludes(field: Field, mayFetch: boolean): readonly TriggerInclude[] {
  const items = field.items();
  if (items.length === 0 || items.length > MAX_INCLUDES) field.invalid(`one to ${MAX_INCLUDES} files`);
  return items
    .map((item) => {
      const include = readInclude(item);
      if (include === undefined || mayFetch || 'local' in include || 'artifact' in include) return include;
      const [kind = '', name = ''] = Object.entries(include)[0] ?? [];
      return item.error('GITLAB_INCLUDE_REFUSED', { kind, name: typeof name === 'string' ? name : '' });
    })
    .filter((item) => item !== undefined);
}

function readInclude(field: Field): TriggerInclude | undefined {
  const { value } = field;
  if (typeof value === 'string') return /^https?:\/\//.test(value) ? { remote: value } : { local: value };
  if (!field.isMapping) return field.invalid('a file of the repository, or an artifact and its job');
  checkMapping(field, [...INCLUDE_KINDS, 'job', 'file', 'ref', 'inputs']);
  const [kind, ...others] = INCLUDE_KINDS.filter((one) => field.has(one));
  if (kind === undefined || others.length > 0)
    return field.invalid(`a mapping with exactly one of ${INCLUDE_KINDS.join(', ')}`);
  const source = readSource(kind, field);
  const inputs = field.at('inputs');
  if (source === undefined || inputs.value === undefined) return source;
  checkMapping(inputs);
  return { ...source, inputs: inputs.mapping };
}

function readSource(kind: (typeof INCLUDE_KINDS)[number], field: Field): TriggerInclude | undefined {
  const text = readText(field.required(kind));
  if (text === undefined) return undefined;
  if (kind === 'artifact') {
    const job = readText(field.required('job'));
    return job === undefined ? undefined : { artifact: text, job };
  }
  if (kind === 'project') {
    const file = readText(field.required('file'));
    const ref = readText(field.at('ref'));
    return file === undefined ? undefined : { project: text, file, ...(ref && { ref }) };
  }
  if (kind === 'local') return { local: text };
  if (kind === 'remote') return { remote: text };
  return kind === 'template' ? { template: text } : { component: text };
}

function readForward(field: Field): Trigger['forward'] {
  if (field.value !== undefined) checkMapping(field, ['yaml_variables', 'pipeline_variables']);
  return {
    yamlVariables: readFlag(field.at('yaml_variables')) ?? true,
    pipelineVariables: readFlag(field.at('pipeline_variables')) ?? false,
  };
}
