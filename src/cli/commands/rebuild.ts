import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { failureClassOf, rebuildPackage } from '../../builder/index.ts';
import type { BuildLog, Rebuilt } from '../../builder/index.ts';
import { generateError } from '../../generate/index.ts';
import { Secret, SlipwayError, hasCode, messageOf } from '../../kit/index.ts';
import { nodeOf, readLockfile } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { builderName, jobBuilder } from '../job-builder.ts';
import { recordBrokenSpec } from '../rebuild/broken-spec.ts';
import { jobMirrors } from '../rebuild/job-mirrors.ts';
import { jobSigner } from '../rebuild/job-signer.ts';
import { readRebuildJob } from '../rebuild/rebuild-job.ts';
import type { RebuildJob } from '../rebuild/rebuild-job.ts';
import { emptyFolders, leaveReproduction } from '../rebuild/reproduction.ts';
import { withReport } from '../report/report-build.ts';

interface RebuildOptions {
  readonly tests?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Make sure that one package of a generated pipeline is on the mirror. Run by the jobs of that pipeline, in the place of ' +
        '`spack ci rebuild`: the same variables, artifacts and exit statuses (1 it was not built, 100 it was not pushed).',
    )
    .option('--tests', 'run the package’s own tests too; they decide nothing (recipes are always tested)')
    .option('--json', 'print the result as JSON')
    .action(async (options: RebuildOptions) => {
      try {
        await rebuild(options, context);
      } catch (error) {
        throw asSpackEnds(error, context.env);
      }
    });
};

async function rebuild({ tests, json }: RebuildOptions, context: CommandContext): Promise<void> {
  const { env, cwd, terminal } = context;
  const job = readRebuildJob({ env, cwd });
  const lock = await readLock(join(job.concrete, 'spack.lock'));
  const node = nodeOf(lock, job.hash);
  const secrets = secretsOf(env);
  const work = { job, lock, node, secrets, runTests: tests === true };
  const result = await withLog(context, work, async (log) =>
    withReport(context, { ...work, log }, async (heard) => rebuildNode(context, work, heard)),
  );
  const { name, version, hash } = node;
  if (json === true) terminal.json({ name, version, hash, ...result });
}

interface Work {
  readonly job: RebuildJob;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly runTests: boolean;
}

async function rebuildNode(context: CommandContext, work: Work, log: BuildLog): Promise<Rebuilt> {
  const { env, signal } = context;
  const { job, lock, node, secrets } = work;
  const title = `${node.name}@${node.version} /${node.hash.slice(0, 7)}`;
  const stack = resolve(job.job.projectFolder, env['SLIPWAY_ENVIRONMENT'] ?? '.');
  const isSpack = builderName(stack, env) === 'spack';
  const sign = jobSigner(job, env);
  const { sources, destination } = await jobMirrors(job, env);
  await leaveReproduction({ job, lock, node, env });
  const result = await rebuildPackage({
    builder: jobBuilder(stack, context),
    lock,
    hash: node.hash,
    environment: isSpack ? job.concrete : stack,
    scratch: join(job.job.projectFolder, '.slipway', node.hash),
    sources,
    destination,
    secrets,
    jobs: Number(env['SLIPWAY_JOBS']) || availableParallelism(),
    runTests: work.runTests || !isSpack,
    always: job.always,
    artifacts: job.logs,
    log,
    signal,
    ...(sign === undefined ? {} : { sign }),
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

/**
 * Every line goes to the job's log and to the file among the artifacts, the failure included; beside it the result, for
 * programs.
 */
async function withLog(
  { env, terminal }: CommandContext,
  { job, node }: Work,
  work: (log: BuildLog) => Promise<Rebuilt>,
): Promise<Rebuilt> {
  if (job.reproduction === undefined) await mkdir(job.logs, { recursive: true });
  else await emptyFolders(job);
  const file = createWriteStream(join(job.logs, `${node.name}-${node.hash.slice(0, 7)}.txt`));
  const log: BuildLog = (line) => {
    file.write(`${line}\n`);
    terminal.note(line);
  };
  const warn = (message: string) => log(`warning: ${message}`);
  const { name, version, hash } = node;
  const tell = async (result: object) =>
    writeFile(join(job.logs, 'rebuild.json'), `${JSON.stringify({ name, version, hash, ...result })}\n`);
  try {
    const result = await work(log);
    await tell(result);
    if (result.done === 'pushed') await recordBrokenSpec({ job, node, env, isBroken: false, warn });
    return result;
  } catch (error) {
    file.write(`error: ${messageOf(error)}\n`);
    await tell({ done: 'failed', ...failureAsData(error) });
    // Only what the package itself is to blame for: neither mirrors nor disks.
    const isBroken = ['configure', 'compile', 'test'].includes(failureClassOf(error) ?? '');
    if (isBroken) await recordBrokenSpec({ job, node, env, isBroken, warn });
    throw error;
  } finally {
    await finished(file.end());
  }
}

function failureAsData(error: unknown): Readonly<Record<string, unknown>> {
  const reason = messageOf(error).split('\n', 1)[0];
  if (!(error instanceof SlipwayError)) return { reason };
  const { phase, step } = error.details;
  return { code: error.code, class: failureClassOf(error), phase: phase ?? step, reason };
}

async function readLock(path: string): Promise<Lockfile> {
  try {
    return readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw generateError('GENERATE_LOCK_MISSING', { path }, { cause: error });
    throw error;
  }
}

/** `spack ci rebuild` ends with 1 or 100 whatever is wrong; and the package is named, of which a lock or a variable knows nothing. */
function asSpackEnds(error: unknown, env: CommandContext['env']): unknown {
  if (!(error instanceof SlipwayError) || error.exitCode === 1 || error.exitCode === 100) return error;
  const { SPACK_JOB_SPEC_PKG_NAME: name, SPACK_JOB_SPEC_PKG_VERSION: version, SPACK_JOB_SPEC_DAG_HASH: hash } = env;
  const title = name === undefined ? `/${hash ?? '?'}` : `${name}@${version ?? '?'}`;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return cliError('CLI_REBUILD_IMPOSSIBLE', { package: title, reason: error.message }, { cause: error, ...hint });
}
