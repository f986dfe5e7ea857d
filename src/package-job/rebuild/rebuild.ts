import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, hasCode } from '../../kit/index.ts';
import { writeJunit } from '../../report/index.ts';
import { nodeOf, packageTitle, readLockfile, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { packageJobError } from '../errors.ts';
import type { BuildWork } from './build-missing.ts';
import { jobMirrors, type JobMirrors } from './job-mirrors.ts';
import { readRebuildJob, type RebuildJob } from './rebuild-job.ts';

/**
 * Makes sure that the package of this job is on the mirror, and returns what was done. Fails with exit status 1 or 100,
 * as `spack ci rebuild` does.
 */
export async function rebuild(options: { readonly runTests: boolean }, context: PackageJobContext): Promise<object> {
  try {
    return await rebuildPackageOfJob(options, context);
  } catch (error) {
    throw asSpackFails(error, context.env);
  }
}

async function rebuildPackageOfJob(
  { runTests }: { readonly runTests: boolean },
  context: PackageJobContext,
): Promise<object> {
  const { env } = context;
  const job = await readRebuildJob(context);
  const lock = await readLockOfJob(join(job.concrete, 'spack.lock'));
  const node = nodeOf(lock, job.hash);
  const mirrors = await jobMirrors(job, lock, env).catch(unreadMirror);
  await emptyFolders(job);
  const where = job.always || mirrors instanceof SlipwayError ? undefined : await findOn(node, mirrors);
  const result =
    where === undefined
      ? await build(context, { job, lock, node, mirrors, runTests })
      : await leavePresent(context, { job, node, where });
  const { name, version, hash } = node;
  return { name, version, hash, ...result };
}

/**
 * Creates the folders of a job's artifacts. Where they are kept for reproduction, as Spack has it, they are emptied:
 * they may hold artifacts of the jobs before.
 */
async function emptyFolders({ logs, tests, reproduction }: RebuildJob): Promise<void> {
  for (const folder of reproduction === undefined ? [] : [logs, tests, reproduction]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  await mkdir(logs, { recursive: true });
}

/** Most jobs end before this; what builds and reports is loaded only when it is needed. */
async function build(context: PackageJobContext, work: BuildWork): Promise<object> {
  const { buildMissing } = await import('./build-missing.ts');
  return buildMissing(context, work);
}

/** A mirror that does not answer fails the build, with its log and report like any other failure. */
function unreadMirror(error: unknown): SlipwayError {
  if (error instanceof SlipwayError && error.code.startsWith('MIRROR_STORE_')) return error;
  throw error;
}

/** Returns the mirror that has a valid entry of the package. Failures are left to the build, which looks again. */
async function findOn(node: SpecNode, { sources }: JobMirrors): Promise<string | undefined> {
  for (const { layout, ...options } of sources) {
    const entry = await layout.read(node, options).catch(() => undefined);
    if (entry !== undefined) return layout.store.url;
  }
  return undefined;
}

async function leavePresent(
  { note }: PackageJobContext,
  { job, node, where }: { readonly job: RebuildJob; readonly node: SpecNode; readonly where: string },
): Promise<object> {
  const { name, version, hash } = node;
  const short = hash.slice(0, 7);
  const title = packageTitle(node);
  const line = `${title} is already on ${where}: nothing to rebuild`;
  const result = { done: 'present', where };
  await mkdir(job.tests, { recursive: true });
  await Promise.all([
    writeFile(join(job.logs, `${name}-${short}.txt`), `${line}\n`),
    writeFile(join(job.logs, 'rebuild.json'), `${JSON.stringify({ name, version, hash, ...result })}\n`),
    writeFile(join(job.tests, `${name}-${short}.junit.xml`), writeJunit([{ title, present: where }])),
  ]);
  note(line);
  return result;
}

async function readLockOfJob(path: string): Promise<Lockfile> {
  try {
    return readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw packageJobError('PACKAGE_JOB_LOCK_MISSING', { path }, { cause: error });
    throw error;
  }
}

/**
 * `spack ci rebuild` ends with 1 or 100 whatever is wrong. The package is named, also if no lock or variable is right.
 */
function asSpackFails(error: unknown, env: PackageJobContext['env']): unknown {
  if (!(error instanceof SlipwayError) || error.exitCode === 1 || error.exitCode === 100) return error;
  const { SPACK_JOB_SPEC_PKG_NAME: name, SPACK_JOB_SPEC_PKG_VERSION: version, SPACK_JOB_SPEC_DAG_HASH: hash } = env;
  const known = hash === undefined ? 'The package of this job' : `/${hash}`;
  const title = name === undefined ? known : `${name}@${version ?? '?'}`;
  const { message: reason, hint } = error;
  return packageJobError('PACKAGE_JOB_REBUILD_IMPOSSIBLE', { package: title, reason }, { cause: error, hint });
}
