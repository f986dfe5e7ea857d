import {
  builtInPipeline,
  builtInPipelineFile,
  predefinedVariables,
  readPlan,
  type PipelineSubject,
  type Sources,
} from '../../pipeline/index.ts';
import type { PipelineText, ReadPipeline } from '../../gitlab/index.ts';
import { lockSettings } from '../../spack/index.ts';
import type { Stack } from '../context.ts';
import { policyAtCommit, type StackPolicy } from './stack-policy.ts';

const CI_FILE = '.gitlab-ci.yml';

export interface PlanOptions {
  /** Configuration of the pipeline, in place of the commit's own. */
  readonly configuration?: PipelineText;
  /** Given to this very pipeline; they win over the stack's own. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Values for the `spec:inputs` of the configuration. */
  readonly inputs?: PipelineText['inputs'];
}

/**
 * Reads what the pipeline of a commit runs, from the commit's own files; nothing of it runs. Undefined for a commit
 * without any stack in it, which needs no pipeline.
 */
export async function commitPlan(
  { stack, sources }: { readonly stack: Stack; readonly sources: Sources },
  subject: PipelineSubject,
  { configuration, variables = {}, inputs }: PlanOptions = {},
): Promise<ReadPipeline | undefined> {
  if (!(await hasStack(stack, subject))) return undefined;
  const { policy, diagnostics } = await policyAtCommit(stack, subject.sha);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics, includes: [] };
  const text = configuration ?? (await configurationAt(stack, subject, policy));
  const facts = await sources.facts(subject);
  return readPlan(sources, {
    subject,
    facts,
    texts: [inputs === undefined ? text : { ...text, inputs }],
    predefined: predefinedVariables(facts, subject),
    explicitVariables: variables,
  });
}

async function hasStack({ forge, configuration }: Stack, { sha }: PipelineSubject): Promise<boolean> {
  // Its generate job reports that the configured folder has no environment.
  if (configuration.environment !== undefined) return true;
  for (const file of [CI_FILE, 'spack.yaml']) if ((await forge.readFile(sha, file)) !== undefined) return true;
  return false;
}

/** Returns the configuration of a commit, or the built-in one. */
export async function configurationAt(
  { forge, configuration }: Pick<Stack, 'forge' | 'configuration'>,
  { sha }: Pick<PipelineSubject, 'sha'>,
  policy?: StackPolicy,
): Promise<PipelineText> {
  const { environment } = configuration;
  const own = environment === undefined ? await forge.readFile(sha, CI_FILE) : undefined;
  const { jobs: lockJobs } = lockSettings(policy?.lock);
  if (own === undefined) return { text: builtInPipeline({ environment, lockJobs }), file: builtInPipelineFile };
  return { text: own.toString('utf8'), file: CI_FILE };
}
