import {
  plannedVariables,
  resolveVariables,
  scopeCache,
  type Cache,
  type JobPlan,
  type Variable,
  type Variables,
} from '../gitlab/index.ts';
import type { JobVariable } from '../protocol/index.ts';
import { jobPlan } from './engine/job-graph.ts';
import { idTokens } from './id-tokens.ts';
import { jobInputs, type JobInputs } from './job-inputs.ts';
import type { JobRun, PipelineRecord } from './pipeline-record.ts';
import type { DriverPorts, PipelineFacts, TextVariables, VariableValue } from './ports.ts';
import { asVariables, sharedVariables, type SharedVariables } from './predefined-variables.ts';

/** One attempt at a job with everything that it takes to run it. */
export interface AssignedJob extends Pick<JobInputs, 'dependencies' | 'missing'> {
  readonly run: JobRun;
  readonly record: PipelineRecord;
  readonly plan: JobPlan;
  /** Seconds. */
  readonly timeout: number;
  /** Of those that many jobs have, the same objects for all of them. */
  readonly variables: readonly JobVariable[];
  /** Names of the variables that hold identity tokens. */
  readonly tokens: readonly string[];
  /** Its caches, with keys that include their scope. */
  readonly caches: readonly Cache[];
}

/**
 * Describes an attempt at a job. Its variables are, lowest precedence first: predefined ones, the job's own, those that
 * jobs before it reported, the project's, those that were given to the pipeline and to the job, secrets, and identity
 * tokens that nothing else provides. References are expanded as far as they are known; the runner expands the rest.
 */
export async function describeJob(ports: DriverPorts, run: JobRun): Promise<AssignedJob> {
  const { store, sources } = ports;
  const record = store.record(run.pipeline) as PipelineRecord;
  const { plan: pipeline, jobs } = store.state(record.id);
  const plan = jobPlan(pipeline, run.name) as JobPlan;
  const facts = await sources.facts(record);
  const shared = sharedVariables(facts, record, pipeline);
  const host = await sources.jobVariables(run, record);
  const predefined = { ...plannedVariables(plan), ...attemptVariables(facts, run) };
  const first: Record<string, Variable> = { ...asVariables(predefined), ...host, ...plan.variables };
  const { dotenv, ...inputs } = await jobInputs(ports, record, {
    plan,
    lookup: (name) => (first[name] ?? shared.variables[name])?.value,
  });
  const explicit = pipeline.explicitVariables ?? [];
  const own = layered(first, { dotenv, facts, explicit, plan, played: jobs[run.name]?.manualVariables ?? {} });
  const values = expandOver(shared.variables, own);
  const lookup = (name: string) => (values[name] ?? shared.variables[name])?.value;
  const timeout = plan.timeout ?? facts.jobTimeout;
  const serverSet = (name: string) => host[name]?.value ?? predefined[name] ?? shared.texts[name];
  const tokens = await idTokens(ports, { plan, record, timeout, lookup: serverSet, ofJob: lookup });
  const isTaken = (name: string) => explicit.includes(name) || Object.hasOwn(facts.secrets, name);
  const free = Object.fromEntries(Object.entries(tokens).filter(([name]) => !isTaken(name)));
  const masks = new Set(Object.values(host).flatMap(({ value, masked }) => (masked ? [value] : [])));
  const isSecret = (name: string, value: string) => Object.hasOwn(facts.secrets, name) || masks.has(value);
  return {
    run,
    record,
    plan,
    timeout,
    ...inputs,
    tokens: Object.keys(free),
    variables: listOf(shared, {
      ...withMasks(values, isSecret),
      ...withMasks(asRaw(free), () => true),
      ...fileSecrets(facts),
    }),
    caches: (plan.cache ?? []).map((cache) => scopeCache(cache, scopeOf(record), lookup('CACHE_FALLBACK_KEY'))),
  };
}

function attemptVariables({ serverUrl }: PipelineFacts, { id, startedAt = '' }: JobRun): TextVariables {
  return { CI_JOB_ID: id, CI_JOB_URL: `${serverUrl}/jobs/${id}`, CI_JOB_STARTED_AT: startedAt };
}

function listOf({ list }: SharedVariables, own: Readonly<Record<string, VariableValue>>): readonly JobVariable[] {
  const others = list.filter(({ key }) => !Object.hasOwn(own, key));
  return [...others, ...Object.entries(own).map(([key, one]) => ({ key, ...one, public: !one.masked }))];
}

interface Layers {
  readonly dotenv: TextVariables;
  readonly facts: PipelineFacts;
  /** Names of the variables that were given to the pipeline; their values are in the plan. */
  readonly explicit: readonly string[];
  readonly plan: JobPlan;
  /** Variables that were set for this job when a person started it. */
  readonly played: TextVariables;
}

function layered(first: Variables, { dotenv, facts, explicit, plan, played }: Layers): Variables {
  const layers = [dotenv, facts.projectVariables, played].map(asVariables);
  const [reported, project, ofJob] = layers as [Variables, Variables, Variables];
  const ofPipeline = explicit.flatMap((name) => {
    const variable = plan.variables[name];
    return variable === undefined ? [] : [[name, variable] as const];
  });
  const all = {
    ...first,
    ...reported,
    ...project,
    ...Object.fromEntries(ofPipeline),
    ...ofJob,
    ...asRaw(facts.secrets),
  };
  const files = new Set(facts.secretFiles);
  return files.size === 0 ? all : Object.fromEntries(Object.entries(all).filter(([name]) => !files.has(name)));
}

/** A reference to one of them is left for the runner, which knows the path. */
function fileSecrets({ secrets, secretFiles = [] }: PipelineFacts): Readonly<Record<string, VariableValue>> {
  const variable = (name: string) => ({ value: secrets[name] ?? '', raw: true, masked: true, file: true }) as const;
  return Object.fromEntries(secretFiles.map((name) => [name, variable(name)]));
}

/** Expands a job's own variables by each other and by the shared ones. */
function expandOver(shared: Variables, own: Variables): Variables {
  if (Object.values(own).every(({ value, raw }) => raw || !/[$%]/.test(value))) return own;
  const values = resolveVariables({ ...shared, ...own });
  return Object.fromEntries(Object.entries(own).map(([name, { raw }]) => [name, { value: values[name] ?? '', raw }]));
}

function withMasks(
  variables: Variables,
  isMasked: (name: string, value: string) => boolean,
): Readonly<Record<string, VariableValue>> {
  const entries = Object.entries(variables).map(([name, { value, raw }]) => {
    return [name, { value, raw, masked: isMasked(name, value) }] as const;
  });
  return Object.fromEntries(entries);
}

function asRaw(texts: TextVariables): Variables {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { value, raw: true }] as const));
}

/** Outsiders share caches only with the jobs of the same change. */
function scopeOf({ trust, request, ref }: PipelineRecord): Parameters<typeof scopeCache>[1] {
  if (trust === 'untrusted') return { kind: 'outside', change: request ?? ref };
  return { kind: trust === 'protected' ? 'protected' : 'non_protected' };
}
