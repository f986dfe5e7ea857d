import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import {
  absentCompilers,
  concreteEnvironment,
  generatePipeline,
  pushDownstream,
  readStack,
} from '../../generate/index.ts';
import type {
  BuildPlan,
  GeneratedPipeline,
  PipelineSettings,
  ScriptKind,
  Stack,
  StackRules,
} from '../../generate/index.ts';
import { atomicWrite, systemClock } from '../../kit/index.ts';
import { lockDigest } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { refuseBroken } from '../generate/broken-list.ts';
import { decideBuild } from '../generate/decide-build.ts';
import type { Decision } from '../generate/decide-build.ts';
import { addLockOptions, configScopesOf, givenLock, repeated } from '../generate/given-lock.ts';
import type { LockOptions } from '../generate/given-lock.ts';
import { locksOfServer } from '../generate/tested-lock.ts';
import { pipelineSettings } from '../generate/pipeline-settings.ts';
import { stackRulesOf } from '../generate/stack-rules.ts';
import { readJobEnvironment } from '../job-environment.ts';
import type { JobEnvironment } from '../job-environment.ts';
import { describePlan, planAsData } from '../plan-report.ts';
import { keepBuildGroup } from '../report/keep-build-group.ts';

interface GenerateOptions extends LockOptions {
  readonly artifactsRoot: string;
  readonly output?: string;
  readonly mirror: readonly string[];
  readonly dynamicMapping: readonly string[];
  readonly prune: boolean;
  readonly script: ScriptKind;
  readonly spackRepo?: string;
  readonly spackRef?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Lock an environment and write the pipeline of what must be built.');
  addLockOptions(command)
    .option('--artifacts-root <dir>', 'folder for the lock, the logs and the pipeline', 'jobs_scratch_dir')
    .option('--output <file>', 'the pipeline (default: pipeline.yml below the artifacts root)')
    .option(
      '--mirror <url>',
      'mirror to compare with; can be repeated, jobs push to the first (default: SLIPWAY_MIRROR, else the stack’s own)',
      repeated,
      [],
    )
    .option('--no-prune', 'make jobs for what is on the mirror too')
    .addOption(new Option('--script <kind>', 'who builds in the jobs').choices(['slipway', 'spack']).default('slipway'))
    .option('--spack-repo <url>', 'SPACK_REPO of all jobs (default: that of this job)')
    .option('--spack-ref <ref>', 'SPACK_REF of all jobs (default: that of this job)')
    .option('--dynamic-mapping <url>', 'an endpoint that dynamic mappings may ask; can be repeated', repeated, [])
    .option('--explain', 'tell for every package why it is built or not')
    .option('--json', 'print the plan as JSON')
    .action(async (options: GenerateOptions) => generate(options, context));
};

interface Work {
  readonly options: GenerateOptions;
  readonly context: CommandContext;
  readonly job: JobEnvironment;
  readonly lock: Lockfile;
  readonly lockText: string;
  /** What decided the lock; a later pipeline of the same tree may take it. */
  readonly inputs: string | undefined;
  readonly stack: Stack;
  readonly places: Places;
  readonly warn: (message: string) => void;
}

interface Places {
  readonly environment: string;
  readonly artifactsRoot: string;
  readonly output: string;
}

async function generate(options: GenerateOptions, context: CommandContext): Promise<void> {
  const work = await prepare(options, context);
  const { lock, stack, places, lockText, warn } = work;
  const { env, terminal } = context;
  const rules = await stackRulesOf(stack, { lock, env, endpoints: options.dynamicMapping, warn });
  const request = { lock, job: work.job, stack, named: options.mirror, prune: options.prune };
  const decision = await decideBuild(request, context);
  const { plan, nothingPruned, prunesUntouched } = decision;
  const list = rules?.kind === 'ci' ? rules.section.brokenSpecsUrl : undefined;
  const isCopy = env['SPACK_PIPELINE_TYPE'] === 'spack_copy_only';
  if ((!nothingPruned || prunesUntouched) && !isCopy) await refuseBroken(plan, list, { env, warn });
  const settings = settingsFor(work, decision, rules);
  const pipeline = generatePipeline(lock, plan, settings);
  for (const line of withoutJobs(lock, rules, pipeline)) warn(line);
  const folder = join(places.artifactsRoot, 'concrete_environment');
  await leaveEnvironment(work, folder);
  const parts = [...pipeline.parts].map(([name, text]) => [join(places.artifactsRoot, name), text] as const);
  const copies = pipeline.copies === undefined ? [] : [[copiesFile(work), pipeline.copies] as const];
  const files = [[places.output, pipeline.text] as const, ...parts, ...copies];
  await Promise.all(files.map(async ([path, text]) => leave(path, text)));
  const downstream = await publish(work, plan, settings);
  const found = { lockDigest: lockDigest(lockText), output: places.output, jobs: pipeline.jobs, ...downstream };
  if (options.json === true) return terminal.json({ ...found, ...planAsData(plan) });
  // One write for all: each has its cost, and a lock may have thousands of packages.
  terminal.data(describePlan(plan, options.explain === true).join('\n'));
  const many = parts.length === 0 ? '' : `, in ${parts.length} parts`;
  terminal.note(`The pipeline is in ${relative(context.cwd, places.output) || places.output}${many}.`);
  return undefined;
}

async function prepare(options: GenerateOptions, context: CommandContext): Promise<Work> {
  const { cwd, env, terminal } = context;
  const environment = resolve(cwd, options.env);
  const artifactsRoot = resolve(cwd, options.artifactsRoot);
  const output = resolve(cwd, options.output ?? join(artifactsRoot, 'pipeline.yml'));
  const job = await readJobEnvironment(env, cwd, options.mirror[0]);
  const path = relative(job.projectFolder, join(artifactsRoot, 'concrete_environment/spack.lock'));
  const tested = { known: () => locksOfServer(context), path };
  const { lock, text: lockText, inputs } = await givenLock(options, context, tested);
  const configScopes = configScopesOf(options, context);
  const stack = await readStack(environment, { configScopes, variables: env });
  const warn = (message: string) => terminal.note(message);
  const places = { environment, artifactsRoot, output };
  return { options, context, job, lock, lockText, inputs, stack, places, warn };
}

function settingsFor(work: Work, decision: Decision, rules: StackRules | undefined): PipelineSettings {
  const { options, context, job, lock, stack, places } = work;
  const [mirror] = options.mirror;
  return pipelineSettings({
    env: context.env,
    job,
    lock,
    stack,
    rules,
    places,
    script: options.script,
    nothingPruned: decision.nothingPruned,
    prunesUntouched: decision.prunesUntouched,
    now: new Date(systemClock.now()),
    ...(mirror === undefined ? {} : { mirror }),
    ...(options.spackRepo === undefined ? {} : { spackRepo: options.spackRepo }),
    ...(options.spackRef === undefined ? {} : { spackRef: options.spackRef }),
  });
}

/** What somebody may expect to be built, and has no job. */
function withoutJobs(
  lock: Lockfile,
  rules: StackRules | undefined,
  { unmatched }: GeneratedPipeline,
): readonly string[] {
  const names = [...new Set(unmatched.map(({ name }) => name))];
  const told =
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
  return [...told, ...absent];
}

/** As Spack names it. */
function copiesFile({ context, places }: Work): string {
  const stack = context.env['SPACK_CI_STACK_NAME'] || 'rebuilt';
  return join(places.artifactsRoot, 'specs_to_copy', `copy_${stack}_specs.json`);
}

/** What is left in a workspace counts once it is uploaded. */
async function leave(path: string, text: string): Promise<void> {
  await atomicWrite(path, text, { isSynced: false });
}

/** What the child jobs and the server read: Spack's own names. */
async function leaveEnvironment({ places, stack, job, lockText, inputs }: Work, folder: string): Promise<void> {
  const text = await readFile(join(places.environment, 'spack.yaml'), 'utf8');
  const moved = { source: places.environment, target: folder, project: job.projectFolder, scopes: stack.scopes };
  const file = join(folder, 'lock-inputs.json');
  await Promise.all([
    leave(join(folder, 'spack.yaml'), await concreteEnvironment(text, moved)),
    leave(join(folder, 'spack.lock'), lockText),
    inputs === undefined ? rm(file, { force: true }) : leave(file, `${JSON.stringify({ digest: inputs })}\n`),
    mkdir(join(places.artifactsRoot, 'logs'), { recursive: true }),
  ]);
}

/** Creates the build group of the stack's CDash and pushes the pipeline downstream. */
async function publish(
  work: Work,
  plan: BuildPlan,
  settings: PipelineSettings,
): Promise<{ readonly downstream?: string }> {
  const { context, job, stack, lock, warn } = work;
  if (job.isReproduction) return {};
  await keepBuildGroup(context, { stack, lock, plan, isUntrusted: job.trust === 'untrusted', warn });
  return sendDownstream(work, plan, settings);
}

/**
 * Where DOWNSTREAM_CI_REPO is set, the pipeline also goes there, as a commit on a branch for this one. It is no child there: its
 * jobs cannot need the job that generated it, and find in the commit what that job leaves.
 */
async function sendDownstream(
  work: Work,
  plan: BuildPlan,
  settings: PipelineSettings,
): Promise<{ readonly downstream?: string }> {
  const { context, job, lock, lockText, places } = work;
  const { env, signal } = context;
  const repository = env['DOWNSTREAM_CI_REPO'];
  if (repository === undefined || repository === '') return {};
  const { generator: _, ...alone } = settings;
  const pipeline = generatePipeline(lock, plan, alone);
  const root = settings.artifactsRoot;
  const folder = join(root, 'concrete_environment');
  const files = new Map([
    ['.gitlab-ci.yml', pipeline.text],
    [join(folder, 'spack.lock'), lockText],
    [join(folder, 'spack.yaml'), await readFile(join(places.artifactsRoot, 'concrete_environment/spack.yaml'), 'utf8')],
    ...[...pipeline.parts].map(([name, text]): [string, string] => [join(root, name), text]),
  ]);
  const ref = env['CI_COMMIT_REF_NAME'] ?? 'main';
  const message = `Generated pipeline of ${ref} at ${env['CI_COMMIT_SHA'] ?? 'HEAD'}`;
  const push = { project: job.projectFolder, repository, branch: `slipway-${ref}`, files, message, signal };
  return { downstream: await pushDownstream(push) };
}
