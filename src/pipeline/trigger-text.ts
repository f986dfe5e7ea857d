import {
  expandVariables,
  includeSource,
  plannedInclude,
  type ForeignInclude,
  type PipelineText,
  type PlannedInclude,
  type TriggerInclude,
} from '../gitlab/index.ts';
import { pipelineError } from './errors.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts, TextVariables } from './ports.ts';

interface IncludingJob {
  readonly job: string;
  readonly parent: PipelineRecord;
  /** Variables of the trigger job. */
  readonly values: TextVariables;
  /** Texts from outside of the repository that the family has read. */
  readonly pinned: readonly PlannedInclude[];
}

/** A text of a child pipeline, and what it was if it is from outside of the repository. */
interface TriggerText {
  readonly text: PipelineText;
  readonly include?: PlannedInclude;
}

/**
 * Reads what a trigger job includes: a file of the commit, of an artifact of a job of its pipeline, or from outside of
 * the repository.
 */
export async function triggerText(
  ports: Pick<DriverPorts, 'store' | 'sources'>,
  include: TriggerInclude,
  { job, parent, values, pinned }: IncludingJob,
): Promise<TriggerText> {
  const { store, sources } = ports;
  const expand = (text: string) => expandVariables(text, (name) => values[name]);
  const inputs = include.inputs === undefined ? {} : { inputs: include.inputs };
  const files = sources.files(parent, pinned);
  if ('local' in include) {
    const file = expand(include.local).replace(/^\/+/, '');
    const text = await files.readFile(file);
    if (text === undefined) throw childMissing({ job, file, reason: 'is not in the commit' });
    return { text: { text, file, ...inputs } };
  }
  if ('artifact' in include) {
    const [file, from] = [expand(include.artifact), expand(include.job)];
    const run = store.latestRun(parent.id, from);
    const text = run === undefined ? undefined : await sources.readArchived(run, file);
    if (text === undefined) throw childMissing({ job, file, reason: `job \`${from}\` has not left as an artifact` });
    return { text: { text, file, ...inputs } };
  }
  const foreign = foreignInclude(include, expand);
  const fetched = await files.fetchInclude?.(foreign);
  const file = includeSource(foreign);
  if (fetched === undefined) throw childMissing({ job, file, reason: 'does not exist, or must not be fetched' });
  if ('reason' in fetched)
    throw childMissing({ job, file, reason: `cannot be used: ${fetched.reason}` }, fetched.remedy);
  return { text: { text: fetched.text, file, ...inputs }, include: plannedInclude(foreign, fetched) };
}

function foreignInclude(
  include: Exclude<TriggerInclude, { local: string } | { artifact: string }>,
  expand: (text: string) => string,
): ForeignInclude {
  if ('remote' in include) return { kind: 'remote', url: expand(include.remote) };
  if ('template' in include) return { kind: 'template', name: expand(include.template) };
  if ('component' in include) return { kind: 'component', address: expand(include.component) };
  const { project, file, ref } = include;
  const at = ref === undefined ? {} : { ref: expand(ref) };
  return { kind: 'project', project: expand(project), path: expand(file).replace(/^\/+/, ''), ...at };
}

function childMissing(
  details: { readonly job: string; readonly file: string; readonly reason: string },
  hint?: string,
) {
  return pipelineError('PIPELINE_CHILD_MISSING', details, hint === undefined ? {} : { hint });
}
