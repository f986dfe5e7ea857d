import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { blamePackage, failureClassOf, rebuildPackage } from '../../builder/index.ts';
import type { BuildLog, Rebuilt } from '../../builder/index.ts';
import { Secret, SlipwayError, isSecretName, messageOf } from '../../kit/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { builderName, jobBuilder } from '../job-builder.ts';
import { withReport } from '../report/report-build.ts';
import { recordBrokenSpec } from './broken-spec.ts';
import type { JobMirrors } from './job-mirrors.ts';
import { jobSigner } from './job-signer.ts';
import { LogFile } from './log-file.ts';
import { leaveOwnJob } from './own-job.ts';
import type { RebuildJob } from './rebuild-job.ts';
import { leaveReproduction } from './reproduction.ts';
import { areTestsWanted } from './tests-wanted.ts';

/** A package that no mirror has yet. */
export interface BuildWork {
  readonly job: RebuildJob;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  /** Or why they cannot be read. */
  readonly mirrors: JobMirrors | SlipwayError;
  readonly runTests: boolean;
}

interface SecretWork extends BuildWork {
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** Builds and pushes it, with log, report and all that is kept of a job. */
export async function buildMissing(context: CommandContext, given: BuildWork): Promise<Rebuilt> {
  const secrets = secretsOf(context.env);
  const work = { ...given, secrets };
  return withLog(context, work, async (log) =>
    withReport(context, { ...work, log }, async (heard) => rebuildNode(context, work, heard)),
  );
}

async function rebuildNode(context: CommandContext, work: SecretWork, log: BuildLog): Promise<Rebuilt> {
  const { env, signal } = context;
  const { job, lock, node, secrets, mirrors } = work;
  const title = `${node.name}@${node.version} /${node.hash.slice(0, 7)}`;
  const stack = resolve(job.job.projectFolder, env['SLIPWAY_ENVIRONMENT'] ?? '.');
  const isSpack = builderName(stack, env) === 'spack';
  const sign = jobSigner(job, env);
  const scratch = join(job.job.projectFolder, '.slipway', node.hash);
  await leaveReproduction({ job, lock, node, env, isSpack }).catch((error: unknown) => {
    throw blamePackage(error, { node, scratch });
  });
  if (mirrors instanceof SlipwayError) throw blamePackage(mirrors, { node, scratch });
  const warn = (message: string) => log(`warning: ${message}`);
  const runTests = !isSpack || (await areTestsWanted({ ...work, env, warn }));
  const result = await rebuildPackage({
    builder: jobBuilder(stack, context),
    lock,
    hash: node.hash,
    environment: isSpack ? job.concrete : stack,
    scratch,
    ...mirrors,
    secrets,
    jobs: Number(env['SLIPWAY_JOBS']) || availableParallelism(),
    runTests,
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
  return new Map(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && isSecretName(name) ? [[name, new Secret(value)] as const] : [],
    ),
  );
}

/**
 * Every line goes to the job's log and to the file among the artifacts, the failure included; beside it the result, for
 * programs.
 */
async function withLog(
  { env, terminal }: CommandContext,
  { job, node }: BuildWork,
  work: (log: BuildLog) => Promise<Rebuilt>,
): Promise<Rebuilt> {
  const file = new LogFile(join(job.logs, `${node.name}-${node.hash.slice(0, 7)}.txt`));
  const log: BuildLog = (line) => {
    file.write(line);
    terminal.note(line);
  };
  const warn = (message: string) => log(`warning: ${message}`);
  const { name, version, hash } = node;
  const tell = async (result: object) =>
    writeFile(join(job.logs, 'rebuild.json'), `${JSON.stringify({ name, version, hash, ...result })}\n`).catch(
      (error: unknown) => warn(`The result is not kept: ${messageOf(error)}`),
    );
  try {
    const result = await work(log);
    await tell(result);
    if (result.done === 'pushed') await recordBrokenSpec({ job, node, env, isBroken: false, warn });
    return result;
  } catch (error) {
    file.write(`error: ${messageOf(error)}`);
    await tell({ done: 'failed', ...failureAsData(error) });
    if (job.reproduction !== undefined)
      await leaveOwnJob(job.reproduction, job.job.jobName ?? '').catch(() => undefined);
    // Only what the package itself is to blame for: neither mirrors nor disks.
    const isBroken = ['configure', 'compile', 'test'].includes(failureClassOf(error) ?? '');
    if (isBroken) await recordBrokenSpec({ job, node, env, isBroken, warn });
    throw error;
  } finally {
    const fault = await file.close();
    if (fault !== undefined) terminal.note(`warning: The log is not kept: ${fault.message}`);
  }
}

function failureAsData(error: unknown): Readonly<Record<string, unknown>> {
  const reason = messageOf(error).split('\n', 1)[0];
  if (!(error instanceof SlipwayError)) return { reason };
  const { phase, step } = error.details;
  return { code: error.code, class: failureClassOf(error), phase: phase ?? step, reason };
}
