import { childRefusal, createPipeline, jobPlan } from '../../pipeline/index.ts';
import type { FamilySize } from '../../pipeline/index.ts';
import type { Forge } from '../../forge/index.ts';
import { expandVariables, loadPipeline, plannedVariables, resolveVariables } from '../../gitlab/index.ts';
import type { JobPlan, PipelinePlan, PipelineText, TriggerInclude, Variable } from '../../gitlab/index.ts';
import { formatDiagnostic, messageOf } from '../../kit/index.ts';
import { readArchived } from './artifact-files.ts';
import { commitSources, pipelineLimits } from '../arrival/commit-sources.ts';
import { now } from '../context.ts';
import type { CoordinatorContext } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { Journey } from '../journey.ts';
import type { PipelineRecord } from '../ports.ts';
import { reportedVariables } from './dotenv-report.ts';
import { pipelineVariables, predefinedVariables } from './predefined-variables.ts';

/**
 * Makes the child pipeline that a trigger job asks for, and starts it. Whatever is wrong with it fails the trigger
 * job with the reason (GitLab: `downstream_pipeline_creation_failed`). Safe to repeat: a child that is there already
 * is used.
 */
export async function startChild(
  journey: Journey,
  pipeline: string,
  trigger: { job: string; attempt: number },
): Promise<void> {
  const { context } = journey;
  const { job, attempt } = trigger;
  const state = context.pipelines.state(pipeline).jobs[job];
  if (state?.status !== 'pending' || state.attempt !== attempt) return;
  const existing = existingChild(context, pipeline, job);
  const refusal = existing === undefined ? childRefusal(familySize(context, pipeline)) : undefined;
  if (refusal !== undefined)
    return journey.dispatch(pipeline, { type: 'child-failed', job, attempt, ...refusal, at: now(context) });
  try {
    const child = existing ?? (await createChild(context, pipeline, job));
    journey.dispatch(pipeline, { type: 'child-created', job, attempt, pipeline: child, at: now(context) });
    await journey.launch(child);
  } catch (error) {
    context.log.warn({ pipeline, job, error: messageOf(error) }, 'child pipeline not created');
    journey.dispatch(pipeline, { type: 'child-failed', job, attempt, message: messageOf(error), at: now(context) });
  }
}

function familySize({ pipelines }: CoordinatorContext, pipeline: string): FamilySize {
  const count = (id: string): number => pipelines.children(id).reduce((sum, child) => sum + count(child.id), 1);
  let depth = 0;
  let top = pipeline;
  for (let above = parentOf(top); above !== undefined; above = parentOf(top)) {
    depth += 1;
    top = above;
  }
  return { depth, pipelines: count(top) };

  function parentOf(id: string): string | undefined {
    return pipelines.record(id)?.parent?.pipeline;
  }
}

function existingChild(context: CoordinatorContext, pipeline: string, job: string): string | undefined {
  const known = context.pipelines
    .children(pipeline)
    .filter(({ parent, status }) => parent?.job === job && status === 'created');
  return known.at(-1)?.id;
}

async function createChild(context: CoordinatorContext, pipeline: string, job: string): Promise<string> {
  const parent = context.pipelines.record(pipeline) as PipelineRecord;
  const state = context.pipelines.state(pipeline);
  const plan = await childPlan(context, parent, {
    job: jobPlan(state.plan, job) as JobPlan,
    played: state.jobs[job]?.given ?? {},
  });
  const subject = { ...parent, source: 'parent_pipeline', request: parent.request };
  const record = context.pipelines.create(subject, {
    at: now(context),
    state: (id) => createPipeline(id, plan),
    parent: { pipeline, job },
  });
  return record.id;
}

async function childPlan(
  context: CoordinatorContext,
  parent: PipelineRecord,
  { job, played }: { readonly job: JobPlan; readonly played: Readonly<Record<string, string>> },
): Promise<PipelinePlan> {
  const forge = context.stacks.get(parent.stack)?.forge;
  if (forge === undefined) throw coordinatorError('STACK_UNKNOWN', { stack: parent.stack });
  const given = context.pipelines.state(parent.id).plan.given ?? [];
  const includes = job.trigger?.include ?? [];
  const files = await Promise.all(includes.map((include) => includedText({ context, parent, forge }, job, include)));
  if (files.length === 0)
    throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file: '(nothing)', from: '(none)' });
  const subject = { ...parent, source: 'parent_pipeline' };
  const commit = await forge.commit(parent.sha);
  const own = pipelineVariables(context, parent);
  const reported = reportedVariables(context, parent, job);
  const ofParent = { ...predefinedVariables(context, parent, commit), ...own, ...plannedVariables(job) };
  const known = {
    variables: { ...predefinedVariables(context, subject, commit), ...own },
    projectVariables: context.stacks.get(parent.stack)?.configuration.variables ?? {},
    pipelineVariables: { ...forwardedVariables(job, { given, reported, known: ofParent }), ...played },
    source: 'parent_pipeline',
    limits: pipelineLimits(context),
  };
  const {
    plan,
    notCreated = 'it has no jobs',
    diagnostics,
  } = await loadPipeline(files, known, commitSources(forge, subject));
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  if (plan === undefined || faults.length > 0) {
    const reason = faults.length === 0 ? notCreated : faults.map(formatDiagnostic).join('; ');
    throw coordinatorError('PIPELINE_NOT_CREATED', { sha: parent.sha, stack: parent.stack, reason });
  }
  return { ...plan, given: Object.keys(known.pipelineVariables) };
}

/**
 * What the child is given as its pipeline variables (https://docs.gitlab.com/ci/yaml/#triggerforward): those of the YAML unless
 * it says no, over them what jobs reported and what was given to the pipeline if it says so. Values are put together in the parent, so
 * that `$CI_PIPELINE_ID` is the parent's and what jobs before it reported is known; the rest is left for the child.
 */
function forwardedVariables(
  { trigger, variables, overridden = {} }: JobPlan,
  { given, reported, known }: Forwarding,
): Record<string, string> {
  const { yamlVariables = true, pipelineVariables = false } = trigger?.forward ?? {};
  const values = resolveVariables({ ...plain(known), ...variables, ...plain(reported) });
  // Two dollars stand for one, so that a raw value stays as it is.
  const forwarded = ({ value, raw }: Variable, resolved: string) => (raw ? value.replaceAll('$', '$$$$') : resolved);
  const alone = (variable: Variable) =>
    forwarded(
      variable,
      expandVariables(variable.value, (name) => values[name]),
    );
  const entries = Object.entries(variables).map(([name, variable]) => {
    const isReported = Object.hasOwn(reported, name);
    return [name, isReported ? alone(variable) : forwarded(variable, values[name] ?? '')] as const;
  });
  const hidden = Object.entries(overridden).map(([name, variable]) => [name, alone(variable)] as const);
  const own = [...entries.filter(([name]) => !given.includes(name)), ...hidden];
  const others = [
    ...Object.keys(reported).map((name) => [name, values[name] ?? ''] as const),
    ...entries.filter(([name]) => given.includes(name)),
  ];
  return Object.fromEntries([...(yamlVariables ? own : []), ...(pipelineVariables ? others : [])]);
}

interface Forwarding {
  /** Names of the variables that were given to the pipeline. */
  readonly given: readonly string[];
  readonly reported: Readonly<Record<string, string>>;
  readonly known: Readonly<Record<string, string>>;
}

function plain(variables: Readonly<Record<string, string>>): Record<string, { value: string; raw: boolean }> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value, raw: false }]));
}

interface IncludeSetting {
  readonly context: CoordinatorContext;
  readonly parent: PipelineRecord;
  readonly forge: Forge;
}

/** The jobs of a trigger's own pipeline whose artifacts its child is made of. */
export function generatorsOf({ trigger, variables }: JobPlan): readonly string[] {
  const known = resolveVariables(variables);
  return (trigger?.include ?? []).flatMap((include) =>
    'artifact' in include ? [expandVariables(include.job, (name) => known[name])] : [],
  );
}

/** YAML that the trigger job names: from an artifact of a job of its own pipeline, or from the commit. Nothing else is fetched. */
async function includedText(
  { context, parent, forge }: IncludeSetting,
  job: JobPlan,
  include: TriggerInclude,
): Promise<PipelineText> {
  const inputs = include.inputs === undefined ? {} : { inputs: include.inputs };
  const variables = resolveVariables(job.variables);
  const expand = (text: string) => expandVariables(text, (name) => variables[name]);
  if ('local' in include) {
    const file = expand(include.local).replace(/^\//, '');
    const bytes = await forge.readFile(parent.sha, file);
    if (bytes === undefined)
      throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file, from: 'the commit' });
    return { text: bytes.toString('utf8'), file, ...inputs };
  }
  if (!('artifact' in include)) {
    const [from = '', file = ''] = Object.values(include).filter((value) => typeof value === 'string');
    throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file: file === '' ? from : file, from });
  }
  const [file, from] = [expand(include.artifact), expand(include.job)];
  const run = context.pipelines.latestRun(parent.id, from);
  const bytes = run === undefined ? undefined : await readArchived(context, run.id, file);
  if (bytes === undefined) throw coordinatorError('PIPELINE_CHILD_MISSING', { job: job.name, file, from });
  return { text: bytes.toString('utf8'), file, ...inputs };
}
