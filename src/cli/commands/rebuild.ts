import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { rebuildPackage } from '../../builder/index.ts';
import type { BuildLog, Rebuilt } from '../../builder/index.ts';
import { generateError } from '../../generate/index.ts';
import { Secret, hasCode, messageOf } from '../../kit/index.ts';
import { nodeOf, readLockfile } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { jobBuilder, mirrorsOf, readJobEnvironment } from '../job-environment.ts';
import type { JobEnvironment } from '../job-environment.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Make sure that one package of a generated pipeline is on the mirror. Run by the jobs of that pipeline.',
    )
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }) => rebuild(options.json === true, context));
};

async function rebuild(json: boolean, context: CommandContext): Promise<void> {
  const { env, cwd, terminal } = context;
  const job = readJobEnvironment(env, cwd);
  if (job.mirror === undefined) throw missing('SLIPWAY_MIRROR', 'Give the URL of the mirror that this job pushes to.');
  const hash = env['SPACK_JOB_SPEC_DAG_HASH'];
  if (hash === undefined)
    throw missing(
      'SPACK_JOB_SPEC_DAG_HASH',
      'Run this in a job of a generated pipeline, or give the hash of a package.',
    );
  const lock = await readLock(
    resolve(job.projectFolder, env['SPACK_CONCRETE_ENV_DIR'] ?? 'jobs_scratch_dir/concrete_environment', 'spack.lock'),
  );
  const node = nodeOf(lock, hash);
  const result = await withLog(context, { job, node }, async (log) => rebuildNode(context, { job, lock, node, log }));
  if (json) terminal.json({ name: node.name, version: node.version, hash, ...result });
}

interface NodeRequest {
  readonly job: JobEnvironment;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  readonly log: BuildLog;
}

async function rebuildNode({ env, signal }: CommandContext, { job, lock, node, log }: NodeRequest): Promise<Rebuilt> {
  const title = `${node.name}@${node.version} /${node.hash.slice(0, 7)}`;
  const sources = mirrorsOf(job);
  const destination = (job.mirror ?? sources[0])?.store;
  if (destination === undefined) throw missing('SLIPWAY_MIRROR', 'Give the URL of the mirror that this job pushes to.');
  const result = await rebuildPackage({
    builder: jobBuilder(env),
    lock,
    hash: node.hash,
    environment: resolve(job.projectFolder, env['SLIPWAY_ENVIRONMENT'] ?? '.'),
    scratch: join(job.projectFolder, '.slipway', node.hash),
    sources,
    destination,
    secrets: secretsOf(env),
    jobs: Number(env['SLIPWAY_JOBS']) || availableParallelism(),
    log,
    signal,
  });
  if (result.done === 'present') log(`${title} is already on ${result.where}: nothing to rebuild`);
  else log(`${title} built in ${result.seconds.toFixed(1)} s and pushed to ${result.where} (${result.size} bytes)`);
  return result;
}

/** The values that a job is given and that nobody may read in a package, by what such variables are called. */
function secretsOf(env: CommandContext['env']): ReadonlyMap<string, Secret> {
  const isSecret = (name: string) =>
    /(?:TOKEN|SECRET|SECRET_ACCESS_KEY|PASSWORD|PASSWD|SIGNING_KEY|CREDENTIALS)$/i.test(name);
  return new Map(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isSecret(name) ? [[name, new Secret(value)] as const] : [],
    ),
  );
}

/** Every line goes to the job's log and to the file among the artifacts, the failure included. */
async function withLog<T>(
  { env, terminal }: CommandContext,
  what: { job: JobEnvironment; node: SpecNode },
  work: (log: BuildLog) => Promise<T>,
): Promise<T> {
  const { job, node } = what;
  const folder = resolve(job.projectFolder, env['SPACK_JOB_LOG_DIR'] ?? 'jobs_scratch_dir/logs');
  await mkdir(folder, { recursive: true });
  const file = createWriteStream(join(folder, `${node.name}-${node.hash.slice(0, 7)}.txt`));
  const log: BuildLog = (line) => {
    file.write(`${line}\n`);
    terminal.note(line);
  };
  try {
    return await work(log);
  } catch (error) {
    file.write(`error: ${messageOf(error)}\n`);
    throw error;
  } finally {
    await finished(file.end());
  }
}

async function readLock(path: string): Promise<Lockfile> {
  try {
    return readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw generateError('GENERATE_LOCK_MISSING', { path }, { cause: error });
    throw error;
  }
}

function missing(variable: string, remedy: string) {
  return generateError('GENERATE_VARIABLE_MISSING', { variable, remedy });
}
