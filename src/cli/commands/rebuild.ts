import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, hasCode } from '../../kit/index.ts';
import { writeJunit } from '../../report/index.ts';
import { nodeOf, readLockfile } from '../../spack/index.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import type { BuildWork } from '../rebuild/build-missing.ts';
import { emptyFolders } from '../rebuild/empty-folders.ts';
import { jobMirrors } from '../rebuild/job-mirrors.ts';
import type { JobMirrors } from '../rebuild/job-mirrors.ts';
import { readRebuildJob } from '../rebuild/rebuild-job.ts';
import type { RebuildJob } from '../rebuild/rebuild-job.ts';

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
  const job = await readRebuildJob({ env, cwd });
  const lock = await readLock(join(job.concrete, 'spack.lock'));
  const node = nodeOf(lock, job.hash);
  const mirrors = await jobMirrors(job, lock, env).catch(unreadMirror);
  await emptyFolders(job);
  const where = job.always || mirrors instanceof SlipwayError ? undefined : await placeOf(node, mirrors);
  const work = { job, lock, node, mirrors, runTests: tests === true };
  const result = where === undefined ? await build(context, work) : await leavePresent(context, { job, node, where });
  const { name, version, hash } = node;
  if (json === true) terminal.json({ name, version, hash, ...result });
}

/** Most jobs end here; what builds and reports is loaded only where it is needed. */
async function build(context: CommandContext, work: BuildWork): Promise<object> {
  const { buildMissing } = await import('../rebuild/build-missing.ts');
  return buildMissing(context, work);
}

/** A mirror that does not answer fails the build, with its log and report like any other failure. */
function unreadMirror(error: unknown): SlipwayError {
  if (error instanceof SlipwayError && error.code.startsWith('MIRROR_STORE_')) return error;
  throw error;
}

/** The mirror that has the package, validly. What goes wrong here is told by the build, which looks again. */
async function placeOf(node: SpecNode, { sources }: JobMirrors): Promise<string | undefined> {
  for (const { layout, ...options } of sources) {
    const entry = await layout.read(node, options).catch(() => undefined);
    if (entry !== undefined) return layout.store.url;
  }
  return undefined;
}

interface Present {
  readonly job: RebuildJob;
  readonly node: SpecNode;
  readonly where: string;
}

async function leavePresent({ terminal }: CommandContext, { job, node, where }: Present): Promise<object> {
  const { name, version, hash } = node;
  const short = hash.slice(0, 7);
  const title = `${name}@${version} /${short}`;
  const line = `${title} is already on ${where}: nothing to rebuild`;
  const result = { done: 'present', where };
  await mkdir(job.tests, { recursive: true });
  await Promise.all([
    writeFile(join(job.logs, `${name}-${short}.txt`), `${line}\n`),
    writeFile(join(job.logs, 'rebuild.json'), `${JSON.stringify({ name, version, hash, ...result })}\n`),
    writeFile(join(job.tests, `${name}-${short}.junit.xml`), writeJunit([{ title, present: where }])),
  ]);
  terminal.note(line);
  return result;
}

async function readLock(path: string): Promise<Lockfile> {
  try {
    return readLockfile(await readFile(path, 'utf8'), path, { checkHashes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw cliError('CLI_JOB_LOCK_MISSING', { path }, { cause: error });
    throw error;
  }
}

/** `spack ci rebuild` ends with 1 or 100 whatever is wrong; and the package is named, of which a lock or a variable knows nothing. */
function asSpackEnds(error: unknown, env: CommandContext['env']): unknown {
  if (!(error instanceof SlipwayError) || error.exitCode === 1 || error.exitCode === 100) return error;
  const { SPACK_JOB_SPEC_PKG_NAME: name, SPACK_JOB_SPEC_PKG_VERSION: version, SPACK_JOB_SPEC_DAG_HASH: hash } = env;
  const known = hash === undefined ? 'The package of this job' : `/${hash}`;
  const title = name === undefined ? known : `${name}@${version ?? '?'}`;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return cliError('CLI_REBUILD_IMPOSSIBLE', { package: title, reason: error.message }, { cause: error, ...hint });
}
