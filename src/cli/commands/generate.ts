import { mkdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { generatePipeline, planBuild, readMirrorState } from '../../generate/index.ts';
import type { BuildPlan } from '../../generate/index.ts';
import { atomicWrite } from '../../kit/index.ts';
import { lockDigest, readLockfile, writeLockfile } from '../../spack/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { jobBuilder, mirrorsOf, readJobEnvironment } from '../job-environment.ts';
import type { JobEnvironment } from '../job-environment.ts';
import { describePlan, planAsData } from '../plan-report.ts';

interface GenerateOptions {
  readonly env: string;
  readonly artifactsRoot: string;
  readonly output?: string;
  readonly lock?: string;
  readonly mirror?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Lock an environment and write the pipeline of what must be built.')
    .option('--env <dir>', 'folder of the environment (spack.yaml, recipes)', '.')
    .option('--artifacts-root <dir>', 'folder for the lock, the logs and the pipeline', 'jobs_scratch_dir')
    .option('--output <file>', 'the pipeline (default: pipeline.yml below the artifacts root)')
    .option('--lock <file>', 'take this lock, do not make one')
    .option('--mirror <url>', 'mirror to compare with (default: SLIPWAY_MIRROR)')
    .option('--explain', 'tell for every package why it is built or not')
    .option('--json', 'print the plan as JSON')
    .action(async (options: GenerateOptions) => generate(options, context));
};

async function generate(options: GenerateOptions, context: CommandContext): Promise<void> {
  const { cwd, env, terminal } = context;
  const job = readJobEnvironment(env, cwd, options.mirror);
  const environment = resolve(cwd, options.env);
  const artifactsRoot = resolve(cwd, options.artifactsRoot);
  const output = resolve(cwd, options.output ?? join(artifactsRoot, 'pipeline.yml'));
  const lock =
    options.lock === undefined
      ? await jobBuilder(env).lock({ environment })
      : await readLock(resolve(cwd, options.lock));
  const plan = planBuild(lock, await readMirrorState(lock, mirrorsOf(job)));
  const text = options.lock === undefined ? writeLockfile(lock) : await readFile(resolve(cwd, options.lock), 'utf8');
  await leaveEnvironment(environment, join(artifactsRoot, 'concrete_environment'), text);
  await mkdir(join(artifactsRoot, 'logs'), { recursive: true });
  await atomicWrite(output, pipelineText(plan, { job, environment, artifactsRoot }));
  if (options.json === true) terminal.json({ lockDigest: lockDigest(text), output, ...planAsData(plan) });
  else for (const line of describePlan(plan, options.explain === true)) terminal.data(line);
}

function pipelineText(
  plan: BuildPlan,
  place: { job: JobEnvironment; environment: string; artifactsRoot: string },
): string {
  const { job, environment, artifactsRoot } = place;
  const { jobName, pipeline } = job;
  return generatePipeline(plan, {
    artifactsRoot: relative(job.projectFolder, artifactsRoot) || '.',
    environment: relative(job.projectFolder, environment) || '.',
    pipelineType: job.trust === 'protected' ? 'spack_protected_branch' : 'spack_pull_request',
    ...(jobName === undefined || pipeline === undefined ? {} : { generator: { job: jobName, pipeline } }),
  });
}

/** What the child jobs and the server read: Spack's own names. */
async function leaveEnvironment(environment: string, folder: string, lock: string): Promise<void> {
  await atomicWrite(join(folder, 'spack.yaml'), await readFile(join(environment, 'spack.yaml')));
  await atomicWrite(join(folder, 'spack.lock'), lock);
}

async function readLock(path: string): Promise<Lockfile> {
  return readLockfile(await readFile(path, 'utf8'), path);
}
