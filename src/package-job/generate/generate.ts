import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  absentCompilers,
  concreteEnvironment,
  generatePipeline,
  pushDownstream,
  readStack,
  type BuildPlan,
  type GeneratedPipeline,
  type PipelineSettings,
  type StackFiles,
  type StackRules,
} from '../../generate/index.ts';
import { atomicWrite, systemClock } from '../../kit/index.ts';
import { lockDigest, type Lockfile } from '../../spack/index.ts';
import type { JobContext } from '../job-context.ts';
import { readJobEnvironment, type JobEnvironment } from '../job-environment.ts';
import { keepBuildGroup } from '../report/keep-build-group.ts';
import { refuseBroken } from './broken-list.ts';
import { chooseLock, type ChosenLock, type LockRequest } from './choose-lock.ts';
import { decideBuild } from './decide-build.ts';
import { pipelineSettings, type SettingsRequest } from './pipeline-settings.ts';
import { stackRulesOf } from './stack-rules.ts';
import { testedLocksOfServer } from './tested-lock.ts';

interface GenerateRequest
  extends LockRequest, Pick<SettingsRequest, 'artifactsRoot' | 'mirrors' | 'script' | 'spackRepo' | 'spackRef'> {
  /** File of the pipeline, absolute. */
  readonly output: string;
  /** Whether packages that a mirror has get no jobs. */
  readonly prune: boolean;
  /** Endpoints that dynamic mappings may ask. */
  readonly dynamicMapping: readonly string[];
}

interface Generated {
  readonly plan: BuildPlan;
  readonly lockDigest: string;
  readonly jobs: GeneratedPipeline['jobs'];
  /** How many parts the pipeline is in, besides the file that includes them. */
  readonly parts: number;
  /** Branch that the pipeline was pushed to, with DOWNSTREAM_CI_REPO. */
  readonly downstream?: string;
}

interface Work extends Pick<JobContext, 'env' | 'signal' | 'note'> {
  readonly request: GenerateRequest;
  readonly job: JobEnvironment;
  readonly chosen: ChosenLock;
  readonly stack: StackFiles;
}

/** Locks an environment, and writes the lock and the pipeline of what must be built. */
export async function generate(request: GenerateRequest, context: JobContext): Promise<Generated> {
  const { env, signal, note } = context;
  const work = { env, signal, note, request, ...(await prepare(request, context)) };
  const { job, stack, chosen } = work;
  const { lock, text } = chosen;
  const rules = await stackRulesOf(stack, { lock, env, endpoints: request.dynamicMapping, warn: note });
  const decision = await decideBuild({ lock, job, stack, named: request.mirrors, prune: request.prune }, context);
  const { plan, nothingPruned, prunesUntouched } = decision;
  const list = rules?.kind === 'ci' ? rules.section.brokenSpecsUrl : undefined;
  const isCopy = env['SPACK_PIPELINE_TYPE'] === 'spack_copy_only';
  if ((!nothingPruned || prunesUntouched) && !isCopy) await refuseBroken(plan, list, { env, warn: note });
  const settings = pipelineSettings({
    ...request,
    env,
    job,
    lock,
    stack,
    rules,
    nothingPruned,
    prunesUntouched,
    now: new Date(systemClock.now()),
  });
  const pipeline = generatePipeline(lock, plan, settings);
  for (const line of withoutJobs(lock, rules, pipeline)) note(line);
  await leaveEnvironment(work);
  await leavePipeline(work, pipeline);
  const downstream = await publish(work, plan, settings);
  return { plan, lockDigest: lockDigest(text), jobs: pipeline.jobs, parts: pipeline.parts.size, ...downstream };
}

async function prepare(request: GenerateRequest, context: JobContext): Promise<Pick<Work, 'job' | 'chosen' | 'stack'>> {
  const { env, cwd } = context;
  const { environment, configScopes } = request;
  const job = await readJobEnvironment(env, cwd, request.mirrors[0]);
  const path = relative(job.projectFolder, join(concreteFolder(request), 'spack.lock'));
  const chosen = await chooseLock(request, context, { find: () => testedLocksOfServer(context), path });
  return { job, chosen, stack: await readStack(environment, { configScopes, variables: env }) };
}

/** Says which packages and compilers have no job although somebody may expect one. */
function withoutJobs(
  lock: Lockfile,
  rules: StackRules | undefined,
  { unmatched }: GeneratedPipeline,
): readonly string[] {
  const names = [...new Set(unmatched.map(({ name }) => name))];
  const packages =
    names.length === 0
      ? []
      : [`No mapping of the stack matches these packages, which get no jobs: ${names.join(', ')}.`];
  const absent = (rules?.kind === 'gitlab-ci' ? rules.bootstrap : []).flatMap((list) => {
    const specs = absentCompilers(lock, list);
    const what = `The lock does not hold these compilers of \`${list.name}\`, which get no jobs`;
    return specs.length === 0
      ? []
      : [`${what}: ${specs.join(', ')}. To have them, list \`$${list.name}\` in \`specs\`.`];
  });
  return [...packages, ...absent];
}

/** The name of the folder is Spack's. */
function concreteFolder({ artifactsRoot }: GenerateRequest): string {
  return join(artifactsRoot, 'concrete_environment');
}

/** Writes a file of the workspace, which counts once it is uploaded. */
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

/** Creates the build group of the stack's CDash and pushes the pipeline downstream. */
async function publish(
  work: Work,
  plan: BuildPlan,
  settings: PipelineSettings,
): Promise<{ readonly downstream?: string }> {
  const { job, stack, note: warn } = work;
  if (job.isReproduction) return {};
  const { lock } = work.chosen;
  await keepBuildGroup(work, { stack, lock, plan, isUntrusted: job.trust === 'untrusted', warn });
  return sendDownstream(work, plan, settings);
}

/**
 * With DOWNSTREAM_CI_REPO, pushes the pipeline there, as a commit on a branch for this one. It is no child there: its
 * jobs cannot need the job that generated it, and find in the commit what that job leaves.
 */
async function sendDownstream(
  { env, signal, request, job, chosen }: Work,
  plan: BuildPlan,
  settings: PipelineSettings,
): Promise<{ readonly downstream?: string }> {
  const repository = env['DOWNSTREAM_CI_REPO'];
  if (repository === undefined || repository === '') return {};
  const { generator: _, ...alone } = settings;
  const pipeline = generatePipeline(chosen.lock, plan, alone);
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
  const push = { project: job.projectFolder, repository, branch: `slipway-${ref}`, files, message, env, signal };
  return { downstream: await pushDownstream(push) };
}
