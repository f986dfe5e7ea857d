import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  concreteEnvironment,
  generatePipeline,
  planBuild,
  pushDownstream,
  readStack,
  type BuildPlan,
  type GeneratedPipeline,
  type PipelineSettings,
  type StackFiles,
} from '../../generate/index.ts';
import { atomicWrite } from '../../kit/index.ts';
import { lockDigest } from '../../spack/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { readJobEnvironment, type JobEnvironment } from '../job-environment.ts';
import { keepBuildGroup } from '../report/keep-build-group.ts';
import { refuseBroken } from './broken-list.ts';
import { chooseLock, testedSource, type ChosenLock, type LockSelection } from './choose-lock.ts';
import { decideBuild } from './decide-build.ts';
import { pipelineSettings, type SettingsRequest } from './pipeline-settings.ts';
import { stackRulesOf } from './stack-rules.ts';
import { withoutJobs } from './without-jobs.ts';

interface GenerateRequest
  extends LockSelection, Pick<SettingsRequest, 'artifactsRoot' | 'mirrors' | 'script' | 'spackRepo' | 'spackRef'> {
  /** File of the pipeline, absolute. */
  readonly output: string;
  /** Whether packages that a mirror has get no jobs. */
  readonly prune: boolean;
  /** Endpoints that dynamic mappings may query. */
  readonly dynamicMapping: readonly string[];
}

interface Generated {
  readonly plan: BuildPlan;
  /** Computed when it is read. */
  readonly lockDigest: string;
  readonly jobs: GeneratedPipeline['jobs'];
  /** How many parts the pipeline is in, besides the file that includes them. */
  readonly parts: number;
  /** Commit of the pipeline that was pushed to DOWNSTREAM_CI_REPO. */
  readonly downstream?: string;
}

interface Work extends PackageJobContext {
  readonly request: GenerateRequest;
  readonly job: JobEnvironment;
  readonly chosen: ChosenLock;
  readonly stack: StackFiles;
}

/** Locks an environment, and writes the lock and the pipeline of what must be built. */
export async function generate(request: GenerateRequest, context: PackageJobContext): Promise<Generated> {
  const { env, cwd, note } = context;
  const { environment, configScopes } = request;
  const job = await readJobEnvironment(env, cwd, request.mirrors[0]);
  const path = relative(job.projectFolder, join(concreteFolder(request), 'spack.lock'));
  const chosen = await chooseLock(request, context, { ...testedSource(context), path });
  const { lock, text } = chosen;
  const stack = await readStack(environment, { configScopes, variables: env });
  const work = { ...context, request, job, chosen, stack };
  const rules = await stackRulesOf(stack, { lock, env, endpoints: request.dynamicMapping, warn: note });
  const decided = await decideBuild({ lock, job, stack, named: request.mirrors, prune: request.prune }, context);
  const { plan, nothingPruned, prunesUntouched } = decided;
  const list = rules?.kind === 'ci' ? rules.section.brokenSpecsUrl : undefined;
  const isCopy = env['SPACK_PIPELINE_TYPE'] === 'spack_copy_only';
  if ((!nothingPruned || prunesUntouched) && !isCopy) await refuseBroken(plan, list, { env, warn: note });
  const settings = pipelineSettings({ ...request, env, job, lock, stack, rules, decided });
  const pipeline = generatePipeline(lock, plan, settings);
  for (const line of withoutJobs(lock, rules, pipeline)) note(line);
  await leaveEnvironment(work);
  await leavePipeline(work, pipeline);
  const downstream = job.isReproduction ? undefined : await publish(work, plan, settings);
  return {
    plan,
    jobs: pipeline.jobs,
    parts: pipeline.parts.size,
    downstream,
    get lockDigest() {
      return lockDigest(text);
    },
  };
}

/** The folder has Spack's name. */
function concreteFolder({ artifactsRoot }: GenerateRequest): string {
  return join(artifactsRoot, 'concrete_environment');
}

/** Writes a file of the workspace without waiting for the disk: it is uploaded. */
async function leave(path: string, text: string): Promise<void> {
  await atomicWrite(path, text, { isSynced: false });
}

/** Writes what the child jobs and the server read, under Spack's own names. */
async function leaveEnvironment({ request, stack, job, chosen }: Work): Promise<void> {
  const { environment: source, artifactsRoot } = request;
  const folder = concreteFolder(request);
  const text = await readFile(join(source, 'spack.yaml'), 'utf8');
  const moved = { source, target: folder, project: job.projectFolder, scopes: stack.scopes };
  const file = join(folder, 'lock-inputs.json');
  const { text: lockText, inputs } = chosen;
  await Promise.all([
    leave(join(folder, 'spack.yaml'), await concreteEnvironment(text, moved)),
    leave(join(folder, 'spack.lock'), lockText),
    inputs === undefined ? rm(file, { force: true }) : leave(file, `${JSON.stringify({ digest: inputs })}\n`),
    mkdir(join(artifactsRoot, 'logs'), { recursive: true }),
  ]);
}

async function leavePipeline({ env, request }: Work, { text, parts, copies }: GeneratedPipeline): Promise<void> {
  const { artifactsRoot, output } = request;
  const files = new Map([
    [output, text],
    ...[...parts].map(([name, part]) => [join(artifactsRoot, name), part] as const),
  ]);
  // As Spack names it.
  const stackName = env['SPACK_CI_STACK_NAME'] || 'rebuilt';
  if (copies !== undefined) files.set(join(artifactsRoot, 'specs_to_copy', `copy_${stackName}_specs.json`), copies);
  await Promise.all([...files].map(async ([path, content]) => leave(path, content)));
}

/** Creates the build group of the stack's CDash and pushes the pipeline downstream; returns the commit there. */
async function publish(work: Work, plan: BuildPlan, settings: PipelineSettings): Promise<string | undefined> {
  const { env, job, stack, chosen, note: warn } = work;
  await keepBuildGroup(work, { stack, lock: chosen.lock, plan, isUntrusted: job.trust === 'untrusted', warn });
  if (!env['DOWNSTREAM_CI_REPO']) return undefined;
  // The mirror of this server need not be that of the other: its jobs look for themselves what is there.
  const isServed = env['SLIPWAY_TRUST'] !== undefined;
  const whole = isServed ? planBuild(chosen.lock, new Map(), {}) : plan;
  return sendDownstream(work, whole, settings);
}

/**
 * Pushes the pipeline to DOWNSTREAM_CI_REPO, as a commit on a branch for this one. It is no child there: its jobs
 * cannot need the job that generated it, and find its artifacts in the commit.
 */
async function sendDownstream(
  { env, signal, request, job, chosen }: Work,
  plan: BuildPlan,
  settings: PipelineSettings,
): Promise<string> {
  const pipeline = generatePipeline(chosen.lock, plan, { ...settings, generator: undefined });
  const root = settings.artifactsRoot;
  const folder = join(root, 'concrete_environment');
  const files = new Map([
    ['.gitlab-ci.yml', pipeline.text],
    [join(folder, 'spack.lock'), chosen.text],
    [join(folder, 'spack.yaml'), await readFile(join(concreteFolder(request), 'spack.yaml'), 'utf8')],
    ...[...pipeline.parts].map(([name, text]): [string, string] => [join(root, name), text]),
  ]);
  const ref = env['CI_COMMIT_REF_NAME'] ?? 'main';
  const message = `Generated pipeline of ${ref} at ${env['CI_COMMIT_SHA'] ?? 'HEAD'}`;
  const repository = env['DOWNSTREAM_CI_REPO'] ?? '';
  return pushDownstream({
    project: job.projectFolder,
    repository,
    branch: `slipway-${ref}`,
    files,
    message,
    env,
    signal,
  });
}
