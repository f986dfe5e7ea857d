import {
  expandVariables,
  plannedVariables,
  resolveVariables,
  type JobPlan,
  type PipelinePlan,
  type PlannedInclude,
} from '../gitlab/index.ts';
import { formatDiagnostic, type Diagnostic } from '../kit/index.ts';
import type { FamilySize } from './engine/child-refusal.ts';
import { createPipeline } from './engine/create-pipeline.ts';
import { jobPlan } from './engine/job-graph.ts';
import { pipelineError } from './errors.ts';
import { forwardedVariables, triggerVariables } from './forwarded-variables.ts';
import { jobInputs } from './job-inputs.ts';
import { withLockNeeds } from './lock-needs.ts';
import type { PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts, PipelineStore } from './ports.ts';
import { asVariables, sharedVariables } from './predefined-variables.ts';
import { readPlan } from './read-plan.ts';
import { triggerText } from './trigger-text.ts';

type Ports = Pick<DriverPorts, 'store' | 'sources' | 'clock'>;

/** Returns how deep a pipeline stands in its family, and how large the family is. */
export function familySize(store: PipelineStore, pipeline: string): FamilySize {
  const count = (id: string): number => store.children(id).reduce((sum, child) => sum + count(child.id), 1);
  const above = pipelinesAbove(store, pipeline);
  return { depth: above.length, pipelines: count(above.at(-1) ?? pipeline) };
}

function pipelinesAbove(store: PipelineStore, pipeline: string): readonly string[] {
  const parent = store.record(pipeline)?.parent?.pipeline;
  return parent === undefined ? [] : [parent, ...pipelinesAbove(store, parent)];
}

/**
 * Returns the child that was created for a trigger job and has not been started: the server may have died in between.
 */
export function createdChild(store: PipelineStore, pipeline: string, job: string): string | undefined {
  const started = [...store.children(pipeline), ...store.downstreams(pipeline)];
  const created = started.filter(
    ({ parent, upstream = parent, status }) => upstream?.job === job && status === 'created',
  );
  return created.at(-1)?.id;
}

/** Creates the child pipeline of a trigger job; throws with the reason if that is impossible. */
export async function createChild(
  ports: Ports,
  { pipeline, job, at }: { readonly pipeline: string; readonly job: string; readonly at: string },
  onRead: (parent: PipelineRecord, diagnostics: readonly Diagnostic[]) => void,
): Promise<string> {
  const { store } = ports;
  const parent = store.record(pipeline) as PipelineRecord;
  const { plan, diagnostics } = await childPlan(ports, parent, job);
  onRead(parent, diagnostics);
  const record = store.create(
    { ...parent, source: 'parent_pipeline' },
    { at, state: (id) => createPipeline(id, plan), parent: { pipeline, job } },
  );
  return record.id;
}

/** Returns a trigger job with its variables, and those that it gives to the pipeline that it starts. */
export async function triggerSetting(ports: Ports, parent: PipelineRecord, name: string) {
  const { store, sources } = ports;
  const state = store.state(parent.id);
  const job = jobPlan(state.plan, name) as JobPlan;
  const facts = await sources.facts(parent);
  const shared = sharedVariables(facts, parent, state.plan);
  const known = { ...shared.variables, ...asVariables(plannedVariables(job)) };
  const first = resolveVariables({ ...known, ...job.variables });
  const { dotenv } = await jobInputs(ports, parent, { plan: job, lookup: (variable) => first[variable] });
  const variables = triggerVariables(job, known, dotenv);
  const explicitVariables = {
    ...forwardedVariables(job, variables, state.plan.explicitVariables ?? []),
    ...state.jobs[name]?.manualVariables,
  };
  return { job, facts, shared, variables: variables.values, explicitVariables };
}

async function childPlan(
  ports: Ports,
  parent: PipelineRecord,
  name: string,
): Promise<{ readonly plan: PipelinePlan; readonly diagnostics: readonly Diagnostic[] }> {
  const { store, sources } = ports;
  const { job, facts, shared, variables, explicitVariables } = await triggerSetting(ports, parent, name);
  const pinned = knownIncludes(store, parent.id, name);
  const include = { job: name, parent, values: variables, pinned };
  const included = await Promise.all((job.trigger?.include ?? []).map((one) => triggerText(ports, one, include)));
  const texts = included.map(({ text }) => text);
  if (texts.length === 0)
    throw pipelineError('PIPELINE_CHILD_MISSING', { job: name, file: '(nothing)', reason: 'makes no pipeline' });
  const subject = { ...parent, source: 'parent_pipeline' };
  const { plan, notCreated, diagnostics } = await readPlan(sources, {
    subject,
    facts,
    texts,
    pinned,
    fetched: included.flatMap((one) => one.include ?? []),
    predefined: { ...shared.texts, CI_PIPELINE_SOURCE: 'parent_pipeline', PARENT_PIPELINE_ID: parent.id },
    explicitVariables,
  });
  const [generator, ...others] = generatorsOf(job);
  const isGenerated = generator !== undefined && others.length === 0;
  if (plan !== undefined && isGenerated)
    return { plan: withLockNeeds(plan, { pipeline: parent.id, job: generator }), diagnostics };
  if (plan !== undefined) return { plan, diagnostics };
  const faults = diagnostics.filter(({ severity }) => severity === 'error');
  const reason = faults.length === 0 ? (notCreated ?? 'it has no jobs') : faults.map(formatDiagnostic).join('; ');
  throw pipelineError('PIPELINE_NOT_CREATED', { sha: parent.sha, stack: parent.stack, reason });
}

/**
 * Returns the texts from outside of the repository that the pipeline of a trigger job, those above it, and earlier children
 * of the job were read from.
 */
function knownIncludes(store: PipelineStore, pipeline: string, job: string): readonly PlannedInclude[] {
  const before = store.children(pipeline).filter(({ parent }) => parent?.job === job);
  const family = [...pipelinesAbove(store, pipeline), pipeline, ...before.map(({ id }) => id)];
  return family.flatMap((id) => store.state(id).plan.includes ?? []);
}

/** Returns the jobs of a trigger's own pipeline whose artifacts its child is made of. */
export function generatorsOf({ trigger, variables }: JobPlan): readonly string[] {
  const known = resolveVariables(variables);
  return (trigger?.include ?? []).flatMap((include) =>
    'artifact' in include ? [expandVariables(include.job, (name) => known[name])] : [],
  );
}
