import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { blamePackage, failureClassOf, rebuildPackage, type BuildLog, type Rebuilt } from '../../builder/index.ts';
import { builderName } from '../../generate/index.ts';
import { Secret, SlipwayError, isSecretName, messageOf } from '../../kit/index.ts';
import { transferText } from '../../report/index.ts';
import { packageTitle, type Lockfile, type SpecNode } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { jobBuilder } from '../job-builder.ts';
import { withReport } from '../report/report-build.ts';
import { recordBrokenSpec } from './broken-spec.ts';
import type { JobMirrors } from './job-mirrors.ts';
import { LogFile } from './log-file.ts';
import { leaveOwnJob } from './own-job.ts';
import type { RebuildJob } from './rebuild-job.ts';
import { leaveReproduction } from './reproduction.ts';
import { runsTests } from './runs-tests.ts';
import { UsageMeter } from './usage-meter.ts';

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

/** Builds and pushes a package, with log, report and all that is kept of a job. */
export async function buildMissing(context: PackageJobContext, missing: BuildWork): Promise<Rebuilt> {
  const work = { ...missing, secrets: secretsOf(context.env) };
  return withLog(context, work, async (log) =>
    withReport(context, { ...work, log }, async (reported) => rebuildNode(context, work, reported)),
  );
}

async function rebuildNode(context: PackageJobContext, work: SecretWork, log: BuildLog): Promise<Rebuilt> {
  const { env, signal } = context;
  const { job, lock, node, secrets, mirrors } = work;
  const title = packageTitle(node);
  const stack = resolve(job.job.projectFolder, env['SLIPWAY_ENVIRONMENT'] ?? '.');
  const isSpack = builderName(stack, env) === 'spack';
  const sign = jobSigner(job, env);
  const scratch = join(job.job.projectFolder, '.slipway', node.hash);
  await leaveReproduction({ job, lock, node, env, isSpack }).catch((error: unknown) => {
    throw blamePackage(error, { node, scratch });
  });
  if (mirrors instanceof SlipwayError) throw blamePackage(mirrors, { node, scratch });
  const warn = (message: string) => log(`warning: ${message}`);
  const runTests = !isSpack || (work.runTests && (await runsTests({ job, node, env, warn })));
  const result = await rebuildPackage({
    builder: await jobBuilder(stack, context),
    lock,
    hash: node.hash,
    environment: isSpack ? job.concrete : stack,
    scratch,
    ...mirrors,
    secrets,
    jobs: Number(env['SLIPWAY_JOBS']) || availableParallelism(),
    jobserver: env['SLIPWAY_JOBS'] === undefined ? env['SLIPWAY_JOBSERVER'] : undefined,
    runTests,
    always: job.always,
    artifacts: job.logs,
    log,
    signal,
    sign,
  });
  if (result.done === 'present') log(`${title} is already on ${result.where}: nothing to rebuild`);
  else log(`${title} built in ${result.seconds.toFixed(1)} s and pushed to ${result.where} (${result.size} bytes)`);
  if (result.done === 'pushed') log(transferText(result));
  return result;
}

/**
 * Returns what signs the package: nothing in the jobs of a server, whose notary signs what they push; elsewhere
 * SPACK_SIGNING_KEY, if it is set. Throws if SPACK_REQUIRE_SIGNING needs a key that is missing.
 */
function jobSigner(job: RebuildJob, env: PackageJobContext['env']): ((text: string) => Promise<string>) | undefined {
  const key = env['SPACK_SIGNING_KEY'];
  if (env['SLIPWAY_TRUST'] !== undefined) return undefined;
  if (key)
    return async (text) => {
      const { createSigner, readSecretKey } = await import('../../notary/index.ts');
      return createSigner(await readSecretKey(key)).sign(text);
    };
  if (!job.requiresSigning) return undefined;
  const remedy = 'SPACK_REQUIRE_SIGNING is True: give the key, or let a server sign what its jobs push.';
  throw packageJobError('PACKAGE_JOB_VARIABLE_MISSING', { variable: 'SPACK_SIGNING_KEY', remedy });
}

/**
 * Returns the values that no package may contain: of the variables that Slipway's runner lists as secret, and of those
 * whose names suggest it, since other runners list none.
 */
function secretsOf(env: PackageJobContext['env']): ReadonlyMap<string, Secret> {
  const listed = new Set(env['SLIPWAY_SECRET_VARIABLES']?.split(','));
  return new Map(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (listed.has(name) || isSecretName(name)) ? [[name, new Secret(value)] as const] : [],
    ),
  );
}

/** Writes every line, failures included, to the job's log and to a file among the artifacts; the result beside it. */
async function withLog(
  { env, note }: PackageJobContext,
  { job, node }: BuildWork,
  work: (log: BuildLog) => Promise<Rebuilt>,
): Promise<Rebuilt> {
  const file = new LogFile(join(job.logs, `${node.name}-${node.hash.slice(0, 7)}.txt`));
  const meter = new UsageMeter();
  const log: BuildLog = (line) => {
    meter.add(line);
    file.write(line);
    note(line);
  };
  const warn = (message: string) => log(`warning: ${message}`);
  const { name, version, hash } = node;
  const leaveResult = async (result: object) =>
    writeFile(join(job.logs, 'rebuild.json'), `${JSON.stringify({ name, version, hash, ...result })}\n`).catch(
      (error: unknown) => warn(`The result is not kept: ${messageOf(error)}`),
    );
  try {
    const result = await work(log);
    const usage = meter.finish(result.done === 'pushed' ? result.disk.build : undefined);
    await leaveResult(result.done === 'pushed' ? { ...result, usage } : result);
    if (result.done === 'pushed') await recordBrokenSpec({ job, node, env, isBroken: false, warn });
    return result;
  } catch (error) {
    meter.finish();
    file.write(`error: ${messageOf(error)}`);
    await leaveResult({ done: 'failed', ...failureAsData(error) });
    if (job.reproduction !== undefined)
      await leaveOwnJob(job.reproduction, job.job.jobName ?? '').catch(() => undefined);
    // Only what the package itself is to blame for: neither mirrors nor disks.
    const isBroken = ['configure', 'compile', 'test'].includes(failureClassOf(error) ?? '');
    if (isBroken) await recordBrokenSpec({ job, node, env, isBroken, warn });
    throw error;
  } finally {
    const fault = await file.close();
    if (fault !== undefined) note(`warning: The log is not kept: ${fault.message}`);
  }
}

function failureAsData(error: unknown): Readonly<Record<string, unknown>> {
  const reason = messageOf(error).split('\n', 1)[0];
  if (!(error instanceof SlipwayError)) return { reason };
  const { phase, step } = error.details;
  return { code: error.code, class: failureClassOf(error), phase: phase ?? step, reason };
}
