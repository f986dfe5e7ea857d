import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtInPipeline,
  builtInPipelineFile,
  predefinedVariables,
  readPlan,
  type PipelineFacts,
  type PipelineSubject,
  type TextVariables,
} from '../pipeline/index.ts';
import type { PipelinePlan, PipelineText } from '../gitlab/index.ts';
import type { ReadInclude } from '../includes/index.ts';
import { readNamedFile, refuseErrors, type Diagnostic } from '../kit/index.ts';
import { lockSettings, readLockSettings } from '../spack/index.ts';
import { localError } from './errors.ts';
import { localIncludes } from './local-includes.ts';
import { localFacts, localSubject } from './local-facts.ts';
import { parseConcurrency, parseSecrets, parseVariables } from './run-arguments.ts';
import type { RunRequest } from './run-options.ts';
import { checkPlayed, selectJobs } from './select-jobs.ts';
import { readWorkingCopy, workingCopyFiles } from './working-copy.ts';

const DEFAULT_FILE = '.gitlab-ci.yml';
const POLICY_FILE = 'slipway.yaml';

/** The part of a request that decides about the pipeline. */
type PipelineRequest = Omit<RunRequest, 'signal' | 'terminal'>;

export interface PreparedRun {
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  readonly concurrency: number;
  /** Reads texts from outside of the repository. */
  readonly fetchInclude: ReadInclude;
  /** Absent if no job is left to run. */
  readonly plan?: PipelinePlan;
  /** Why no job is left. */
  readonly reason: string;
}

/** Reads the pipeline. All faults of the user's input are found here, before anything runs. */
export async function prepareRun(request: PipelineRequest, warn: (warning: Diagnostic) => void): Promise<PreparedRun> {
  const { options, folder, env, version } = request;
  const variables = parseVariables(options.variable ?? []);
  const secrets = parseSecrets(options.secret ?? [], env);
  const concurrency = parseConcurrency(options.concurrency);
  const [copy, text] = await Promise.all([readWorkingCopy(folder), findConfiguration(request)]);
  const facts = localFacts(copy, { version, env, secrets, configPath: text.file });
  const subject = localSubject(copy, variables['CI_PIPELINE_SOURCE']);
  const fetchInclude = await localIncludes({ request, subject, facts, remote: copy.remote });
  const run = { subject, facts, concurrency, fetchInclude };
  const { plan, reason } = await planOf({ ...run, text, variables, folder }, warn);
  if (plan === undefined) return { ...run, reason };
  checkPlayed(plan, options.play ?? []);
  const selection = { jobs: options.job ?? [], withNeeds: options.needs === true };
  return { ...run, reason, plan: selectJobs(plan, selection) };
}

/** Returns the pipeline that the user named, `.gitlab-ci.yml`, or for a stack without one the built-in pipeline. */
async function findConfiguration({ options, folder }: PipelineRequest): Promise<PipelineText> {
  const file = options.file ?? DEFAULT_FILE;
  if (options.file !== undefined || existsSync(join(folder, file)))
    return { text: await readNamedFile(file, folder), file };
  if (!existsSync(join(folder, 'spack.yaml'))) throw localError('CLI_RUN_NOTHING', { folder, file });
  return { text: builtInPipeline({ lockJobs: await lockJobs(folder) }), file: builtInPipelineFile };
}

/** Reads the part of `slipway.yaml` that decides the built-in pipeline. */
async function lockJobs(folder: string): Promise<number> {
  if (!existsSync(join(folder, POLICY_FILE))) return lockSettings().jobs;
  return readLockSettings(await readNamedFile(POLICY_FILE, folder), POLICY_FILE).jobs;
}

interface Configuration {
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  readonly text: PipelineText;
  readonly variables: TextVariables;
  readonly folder: string;
  readonly fetchInclude: ReadInclude;
}

async function planOf(
  { subject, facts, text, variables, folder, fetchInclude }: Configuration,
  warn: (warning: Diagnostic) => void,
): Promise<Pick<PreparedRun, 'plan' | 'reason'>> {
  const predefined = predefinedVariables(facts, subject);
  const source = { subject, facts, texts: [text], predefined, explicitVariables: variables };
  const { plan, notCreated, diagnostics } = await readPlan(
    { files: () => ({ ...workingCopyFiles(folder), fetchInclude }) },
    source,
  );
  for (const warning of refuseErrors(diagnostics)) warn(warning);
  return { reason: notCreated ?? 'nothing is left to run', plan };
}
