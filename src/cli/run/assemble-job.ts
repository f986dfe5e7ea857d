import { expandVariables, plannedVariables, resolveVariables, scopeCache } from '../../gitlab/index.ts';
import type { JobPlan, Variable, Variables } from '../../gitlab/index.ts';
import type { JobResponse, JobVariable } from '../../protocol/index.ts';
import { jobInputs } from './job-inputs.ts';
import type { JobInputs } from './job-inputs.ts';
import type { LocalPipeline } from './local-pipeline.ts';
import type { LocalTokens } from './local-tokens.ts';
import { jobVariables } from './predefined-variables.ts';
import type { TextVariables } from './predefined-variables.ts';

/** GitLab's default, in seconds. */
const DEFAULT_TIMEOUT = 3600;

/** No ref is protected here. */
const SCOPE = { kind: 'non_protected' } as const;

/** Texts of a commit are people's words: a `$` in them means nothing. */
const WORDS = /^CI_(COMMIT_(MESSAGE|TITLE|DESCRIPTION|AUTHOR|REF_NAME|BRANCH)|PROJECT_(NAME|TITLE|PATH))$/;

export interface Attempt {
  readonly id: string;
  /** UTC ISO 8601. */
  readonly startedAt: string;
  readonly tokens: Pick<LocalTokens, 'issue'>;
}

export interface AssembledJob extends Pick<JobInputs, 'missing'> {
  readonly job: JobResponse;
}

/** Describes an attempt: variables by GitLab's precedence, expanded as far as they are known, and what other jobs left. */
export function assembleJob(pipeline: LocalPipeline, plan: JobPlan, attempt: Attempt): AssembledJob {
  const common = commonOf(pipeline);
  const first = asVariables(jobVariables(plan, attempt.id, attempt.startedAt));
  const { own, archives, missing } = layersFor(pipeline, plan, first);
  const timeout = plan.timeout ?? DEFAULT_TIMEOUT;
  const variables = isPlain(own) ? own : expandOver(common, own);
  const lookup = (name: string) => (variables[name] ?? common[name])?.value;
  const tokens =
    plan.idTokens === undefined ? {} : attempt.tokens.issue(expandAudiences(plan, lookup), timeout, lookup);
  const missed = Object.fromEntries(Object.entries(tokens).filter(([name]) => !isGiven(pipeline, name)));
  const isMasked = (name: string) =>
    Object.hasOwn(missed, name) || (Object.hasOwn(pipeline.secrets, name) && !Object.hasOwn(pipeline.given, name));
  const listed = Object.entries({ ...variables, ...rawVariables(missed) }).map(([key, { value, raw }]) =>
    isMasked(key) ? { key, value, raw, masked: true } : { key, value, raw },
  );
  return {
    job: {
      id: Number(attempt.id),
      token: '',
      allow_git_fetch: true,
      job_info: { name: plan.name, stage: plan.stage, project_id: 1, project_name: '' },
      git_info: {},
      runner_info: { timeout },
      variables: [...listOf(common), ...listed],
      steps: [
        { name: 'script', script: [...plan.script] },
        { name: 'after_script', script: [...plan.afterScript] },
      ],
      services: [],
      artifacts: plan.artifacts === undefined ? [] : artifactsOf(plan.artifacts),
      cache: (plan.cache ?? []).map((cache) => {
        const { fallbackKeys, paths, ...rest } = scopeCache(cache, SCOPE, lookup('CACHE_FALLBACK_KEY'));
        return { ...rest, paths: [...paths], fallback_keys: [...fallbackKeys] };
      }),
      hooks:
        plan.preGetSources === undefined ? [] : [{ name: 'pre_get_sources_script', script: [...plan.preGetSources] }],
      dependencies: archives.map((id) => ({
        id: Number(id),
        token: '',
        name: id,
        artifacts_file: { filename: 'artifacts.zip' },
      })),
    },
    ...(missing === undefined ? {} : { missing }),
  };
}

const lists = new WeakMap<Variables, readonly JobVariable[]>();

/** Those of a pipeline are the same for all of its jobs. */
function listOf(variables: Variables): readonly JobVariable[] {
  const known =
    lists.get(variables) ?? Object.entries(variables).map(([key, { value }]) => ({ key, value, raw: true }));
  lists.set(variables, known);
  return known;
}

function isGiven({ given, secrets }: LocalPipeline, name: string): boolean {
  return Object.hasOwn(given, name) || Object.hasOwn(secrets, name);
}

function expandAudiences(plan: JobPlan, lookup: (name: string) => string | undefined): JobPlan {
  const entries = Object.entries(plan.idTokens ?? {}).map(
    ([name, audiences]) => [name, audiences.map((text) => expandVariables(text, lookup))] as const,
  );
  return { ...plan, idTokens: Object.fromEntries(entries) };
}

/** The variables of a trigger job, expanded by those of its pipeline. */
export function triggerVariables(pipeline: LocalPipeline, plan: JobPlan): Variables {
  const common = commonOf(pipeline);
  const first = asVariables(plannedVariables(plan));
  return { ...common, ...expandOver(common, layersFor(pipeline, plan, first).own) };
}

/** A job's own variables, what other jobs reported over what its configuration says, and what it gets from them besides. */
function layersFor(pipeline: LocalPipeline, plan: JobPlan, first: Variables) {
  const common = commonOf(pipeline);
  const own: Record<string, Variable> = { ...first, ...plan.variables };
  const { dotenv, ...inputs } = jobInputs(pipeline, plan, (name) => (own[name] ?? common[name])?.value);
  const reported = Object.entries(dotenv).filter(([name]) => !Object.hasOwn(pipeline.given, name));
  if (reported.length > 0) Object.assign(own, asVariables(Object.fromEntries(reported)));
  const secrets = Object.entries(pipeline.secrets).filter(([name]) => !Object.hasOwn(pipeline.given, name));
  if (secrets.length > 0) Object.assign(own, rawVariables(Object.fromEntries(secrets)));
  return { own, ...inputs };
}

/** Expanded by each other and by those below; what is not known is left for the runner. */
function expandOver(common: Variables, own: Variables): Variables {
  const values = resolveVariables({ ...common, ...own });
  return Object.fromEntries(Object.entries(own).map(([name, { raw }]) => [name, { value: values[name] ?? '', raw }]));
}

function isPlain(variables: Variables): boolean {
  return Object.values(variables).every(({ value, raw }) => raw || !/[$%]/.test(value));
}

const commons = new WeakMap<LocalPipeline, Variables>();

function commonOf(pipeline: LocalPipeline): Variables {
  const known = commons.get(pipeline) ?? asVariables(pipeline.predefined);
  commons.set(pipeline, known);
  return known;
}

function asVariables(variables: TextVariables): Record<string, Variable> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value, raw: WORDS.test(name) }]));
}

function rawVariables(variables: TextVariables): Record<string, Variable> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value, raw: true }]));
}

/** Reports are taken however the job ends (https://docs.gitlab.com/ci/yaml/#artifactsreports). */
function artifactsOf({ paths, exclude, when, untracked, reports }: NonNullable<JobPlan['artifacts']>) {
  const archive = { paths: [...paths], exclude: [...exclude], when, untracked, artifact_type: 'archive' };
  const dotenv = { paths: [...(reports.dotenv ?? [])], when: 'always' as const, artifact_type: 'dotenv' };
  return [...(paths.length > 0 || untracked ? [archive] : []), ...(dotenv.paths.length > 0 ? [dotenv] : [])];
}
