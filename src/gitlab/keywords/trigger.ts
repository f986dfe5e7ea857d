import type { Field } from '../document/field.ts';
import { checkMapping, readChoice, readFlag, readText } from '../document/values.ts';
import type { Downstream, Trigger, TriggerInclude } from '../job-plan.ts';

const MAX_INCLUDES = 3;
const STANDARD = { yamlVariables: true, pipelineVariables: false };
const INCLUDE_KINDS = ['artifact', 'local', 'remote', 'project', 'template', 'component'] as const;

/** https://docs.gitlab.com/ci/yaml/#trigger. `mayFetch`: whether text from outside of the repository can be fetched. */
export function readTrigger(field: Field, mayFetch: boolean): Trigger | undefined {
  if (field.value === undefined) return undefined;
  if (typeof field.value === 'string') return { include: [], downstream: { project: field.value }, forward: STANDARD };
  const kind = field.has('include') ? ['include'] : ['project', 'branch', 'inputs'];
  if (!checkMapping(field, [...kind, 'strategy', 'forward'])) return undefined;
  return {
    ...(field.has('include')
      ? { include: readIncludes(field.at('include'), mayFetch) }
      : { include: [], downstream: readDownstream(field) }),
    strategy: readChoice(field.at('strategy'), ['depend', 'mirror']),
    forward: readForward(field.at('forward')),
  };
}

/** https://docs.gitlab.com/ci/yaml/#triggerproject */
function readDownstream(field: Field): Downstream | undefined {
  const project = readText(field.required('project'));
  const inputs = field.at('inputs');
  if (inputs.value !== undefined) checkMapping(inputs);
  if (project === undefined) return undefined;
  return { project, branch: readText(field.at('branch')), ...(inputs.isMapping && { inputs: inputs.mapping }) };
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
    yamlVariables: readFlag(field.at('yaml_variables')) ?? STANDARD.yamlVariables,
    pipelineVariables: readFlag(field.at('pipeline_variables')) ?? STANDARD.pipelineVariables,
  };
}
