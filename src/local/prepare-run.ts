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
import { readNamedFile, refuseErrors, type Diagnostic } from '../kit/index.ts';
import { localError } from './errors.ts';
import { localFacts, localSubject } from './local-facts.ts';
import { readConcurrency, readSecrets, readVariables } from './run-arguments.ts';
import type { RunRequest } from './run-options.ts';
import { checkPlayed, selectJobs } from './select-jobs.ts';
import { lookAtWorkingCopy, workingCopyFiles } from './working-copy.ts';

const DEFAULT_FILE = '.gitlab-ci.yml';

export interface PreparedRun {
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  readonly concurrency: number;
  /** Absent if no job is left to run. */
  readonly plan?: PipelinePlan;
  /** Why no job is left. */
  readonly reason: string;
}

/** Reads the pipeline. Everything that can be wrong with what the user gave is found here, before anything runs. */
export async function prepareRun(request: RunRequest, warn: (warning: Diagnostic) => void): Promise<PreparedRun> {
  const { options, folder, env, version } = request;
  const given = readVariables(options.variable ?? []);
  const secrets = readSecrets(options.secret ?? [], env);
  const concurrency = readConcurrency(options.concurrency);
  const [copy, text] = await Promise.all([lookAtWorkingCopy(folder), findConfiguration(request)]);
  const facts = localFacts(copy, { version, env, secrets, configPath: text.file });
  const subject = localSubject(copy, given['CI_PIPELINE_SOURCE']);
  const { plan, reason } = await planOf({ subject, facts, text, given, folder }, warn);
  if (plan === undefined) return { subject, facts, concurrency, reason };
  checkPlayed(plan, options.play ?? []);
  const selection = { jobs: options.job ?? [], withNeeds: options.needs === true };
  return { subject, facts, concurrency, reason, plan: selectJobs(plan, selection) };
}

/** Returns the pipeline that the user named, `.gitlab-ci.yml`, or for a stack without one the built-in pipeline. */
async function findConfiguration({ options, folder }: RunRequest): Promise<PipelineText> {
  const file = options.file ?? DEFAULT_FILE;
  if (options.file !== undefined || existsSync(join(folder, file)))
    return { text: await readNamedFile(file, folder), file };
  if (!existsSync(join(folder, 'spack.yaml'))) throw localError('CLI_RUN_NOTHING', { folder, file });
  return { text: builtInPipeline, file: builtInPipelineFile };
}

interface Configuration {
  readonly subject: PipelineSubject;
  readonly facts: PipelineFacts;
  readonly text: PipelineText;
  readonly given: TextVariables;
  readonly folder: string;
}

async function planOf(
  { subject, facts, text, given, folder }: Configuration,
  warn: (warning: Diagnostic) => void,
): Promise<Pick<PreparedRun, 'plan' | 'reason'>> {
  const predefined = predefinedVariables(facts, subject);
  const source = { subject, facts, texts: [text], predefined, explicitVariables: given };
  const { plan, notCreated, diagnostics } = await readPlan({ files: () => workingCopyFiles(folder) }, source);
  for (const warning of refuseErrors(diagnostics)) warn(warning);
  return { reason: notCreated ?? 'nothing is left to run', plan };
}
