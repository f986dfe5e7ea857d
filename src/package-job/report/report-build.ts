import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import type { BuildLog, Rebuilt } from '../../builder/index.ts';
import { cdashBuildName, cdashBuildStamp } from '../../generate/index.ts';
import { Redactor, atomicWrite, hasCode, messageOf, systemClock, type Secret } from '../../kit/index.ts';
import {
  BuildRecorder,
  CdashClient,
  buildDocuments,
  describeHost,
  fittingName,
  siteOf,
  submitBuild,
  writeJunit,
  type BuildRecord,
  type BuildReport,
} from '../../report/index.ts';
import { compilerOf, packageTitle, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { jobMirrors } from '../rebuild/job-mirrors.ts';
import type { RebuildJob } from '../rebuild/rebuild-job.ts';
import { jobStack } from '../rebuild/runs-tests.ts';
import { cdashTarget, cdashWorld, type CdashTarget } from './cdash-target.ts';
import { logFault } from './keep-build-group.ts';
import { leaveBuildId, relatedBuilds } from './related-builds.ts';

type ReportContext = Pick<PackageJobContext, 'env' | 'signal'>;

interface ReportSubject {
  readonly job: RebuildJob;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  /** Values that no report may contain. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly log: BuildLog;
}

/**
 * Does the work and reports its outcome: as JUnit among the job's artifacts, and to the stack's CDash if it has one.
 * Passes on the work's result or failure as it is; a report that fails is a warning in the log.
 */
export async function withReport(
  context: ReportContext,
  subject: ReportSubject,
  work: (log: BuildLog) => Promise<Rebuilt>,
): Promise<Rebuilt> {
  const recorder = new BuildRecorder(systemClock);
  const redactor = new Redactor([...subject.secrets.values()].map((secret) => secret.reveal()));
  const hide = (text: string) => redactor.redact(text);
  const log: BuildLog = (line) => {
    recorder.add(hide(line));
    subject.log(line);
  };
  const reportOutcome = async (outcome: Outcome) =>
    report(context, subject, outcome).catch((error: unknown) => logFault(error, subject.log));
  try {
    const result = await work(log);
    const isBuilt = result.done === 'pushed';
    await reportOutcome(isBuilt ? { record: recorder.finish() } : { present: result.where });
    return result;
  } catch (error) {
    const phase = hasCode(error, 'BUILD_PUSH_FAILED') ? 'build' : undefined;
    await reportOutcome({ record: recorder.finish({ message: hide(messageOf(error)), phase }) });
    throw error;
  }
}

interface Outcome {
  readonly record?: BuildRecord;
  readonly present?: string;
}

async function report(context: ReportContext, subject: ReportSubject, outcome: Outcome): Promise<void> {
  const { env, signal } = context;
  const { job, node } = subject;
  const title = packageTitle(node);
  await leave(join(job.tests, `${node.name}-${node.hash.slice(0, 7)}.junit.xml`), writeJunit([{ title, ...outcome }]));
  // A package of the mirror was reported when it was built.
  if (outcome.record === undefined || signal.aborted) return;
  const stack = await jobStack(subject.job, env);
  const target = stack === undefined ? undefined : cdashTarget(stack, env);
  if (target === undefined) return;
  const document = await reportOf(outcome.record, { context, subject, target });
  for (const { file, text } of buildDocuments(document))
    await leave(join(job.tests, 'cdash', `${node.name}_${file}`), text);
  if (job.job.isReproduction) return subject.log('CDash: Reproductions are not reported.');
  if (job.job.trust === 'untrusted') return subject.log('CDash: Builds of untrusted authors are not reported.');
  await submit(context, subject, { target, report: document });
}

async function submit(
  { env, signal }: ReportContext,
  subject: ReportSubject,
  { target, report }: { target: CdashTarget; report: BuildReport },
): Promise<void> {
  const client = new CdashClient(target.server, cdashWorld(env, signal));
  const { api } = target;
  const mirrors = async () => jobMirrors(subject.job, subject.lock, env);
  const related = async () => relatedBuilds(subject, (await mirrors()).sources);
  const { buildId, page, faults } = await submitBuild(client, { api, report, related, now: systemClock.now() });
  for (const fault of faults) logFault(fault, subject.log);
  if (page !== undefined) subject.log(`CDash: ${page}`);
  if (api !== 'related' || buildId === undefined) return;
  const { destination } = await mirrors();
  await leaveBuildId(subject, destination[0].store, buildId);
}

async function reportOf(
  record: BuildRecord,
  { context, subject, target }: { context: ReportContext; subject: ReportSubject; target: CdashTarget },
): Promise<BuildReport> {
  const { env } = context;
  const { lock, node } = subject;
  const { group, api, site } = target;
  const compiler = compilerOf(node, lock.nodes);
  const commit = lock.spack['commit'];
  return {
    record,
    command: `slipway rebuild ${packageTitle(node)}`,
    revision: env['CI_COMMIT_SHA'] ?? (typeof commit === 'string' ? commit : ''),
    identity: {
      // Relations are between builds of one site: there the runner's name, which differs, is left out, as Spack did.
      site: api === 'related' ? site : siteOf(site, env['CI_RUNNER_DESCRIPTION']),
      name: fittingName(env['SPACK_CDASH_BUILD_NAME'] ?? cdashBuildName(lock, node, group)),
      stamp: env['SPACK_CDASH_BUILD_STAMP'] ?? cdashBuildStamp(new Date(record.began), group),
      generator: `slipway-${manifest.version}`,
      host: await describeHost(),
      compiler,
    },
  };
}

async function leave(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await atomicWrite(path, text);
}
