import type { JobPlan } from '../../gitlab/index.ts';
import { sha256, isSameToken } from '../../kit/index.ts';
import type { CoordinatorContext, PipelineRecords } from '../context.ts';
import { jobPlan, type JobRun, type PipelineRecord } from '../../pipeline/index.ts';

/** The rights of a job at the gateway while it runs, or of an access token. */
export interface MirrorGrant {
  /** Id of the job, or name of the token, for the log. */
  readonly job: string;
  /** Stacks whose mirrors it may use. */
  readonly buckets: readonly string[];
  /** Mirror roots that it may read: `''` for the protected one, `pr/7/` for a pull request's. */
  readonly readPrefixes: readonly string[];
  /** The mirror root that it may push to; undefined: none. */
  readonly writePrefix: string | undefined;
  /** The mirror root whose index it may update, which is answered and not done; undefined: none. */
  readonly indexRoot?: string | undefined;
  /** Hashes of the packages that it may push. */
  readonly hashes: ReadonlySet<string>;
  /** Bytes that may be below `writePrefix`; 0 for any number. */
  readonly maxBytes?: number;
}

/** The name that `spack ci generate` gives to the last job of a pipeline. */
const INDEX_JOB = 'rebuild-index';

/** Root of the mirror that a pipeline's jobs push to. */
export function writePrefixOf({ trust, refType, ref, request }: PipelineRecord): string {
  if (trust === 'protected') return '';
  if (request === undefined) return `pr/${branchFolder(ref)}`;
  return `pr/${refType === 'merge-queue' && trust === 'untrusted' ? queueFolder(request) : request}`;
}

/**
 * Returns the folder below `pr/` of a merge queue's commits that have a fork's code in them: the request that they add
 * may be the team's, whose jobs read none of it.
 */
export function queueFolder(request: string): string {
  return `queue-${request}`;
}

/** Returns the folder below `pr/` of a branch that has no pull request. */
function branchFolder(ref: string): string {
  return `branch-${sha256(ref).slice(0, 16)}`;
}

/** The secret and the grant behind an access key, while its job runs. */
export function mirrorCredentials(
  context: PipelineRecords & Pick<CoordinatorContext, 'tokens' | 'quotas'>,
  accessKeyId: string,
): { secretAccessKey: string; grant: MirrorGrant } | undefined {
  const job = context.tokens.jobOfAccessKey(accessKeyId);
  const run = job === undefined ? undefined : context.pipelines.run(job);
  if (job === undefined || run?.status !== 'running') return undefined;
  const key = context.tokens.accessKey(job);
  if (!isSameToken(key.accessKeyId, accessKeyId)) return undefined;
  return { secretAccessKey: key.secretAccessKey, grant: grantOf(context, run) };
}

/** Returns the root that a job pushes to, with a slash at its end; empty for the protected root. */
export function mirrorRootOf(context: PipelineRecords, run: JobRun): string {
  const root = writePrefixOf(context.pipelines.record(run.pipeline) as PipelineRecord);
  return root === '' ? '' : `${root}/`;
}

function grantOf(context: PipelineRecords & Pick<CoordinatorContext, 'quotas'>, run: JobRun): MirrorGrant {
  const record = context.pipelines.record(run.pipeline) as PipelineRecord;
  const writePrefix = mirrorRootOf(context, run);
  const plan = jobPlan(context.pipelines.state(run.pipeline).plan, run.name);
  const hash = plan && builtHash(plan);
  return {
    job: run.id,
    buckets: [record.stack],
    readPrefixes: record.trust === 'protected' ? [''] : ['', writePrefix],
    writePrefix: hash === undefined ? undefined : writePrefix,
    indexRoot: hash === undefined && run.name === INDEX_JOB ? writePrefix : undefined,
    hashes: new Set(hash === undefined ? [] : [hash]),
    maxBytes: maxBytesOf(context, record),
  };
}

/** Returns the bytes that a pipeline may have below its prefix; 0 for any number, as for the protected root. */
export function maxBytesOf(
  { quotas }: Pick<CoordinatorContext, 'quotas'>,
  { stack, request, trust }: PipelineRecord,
): number {
  if (trust === 'protected') return 0;
  return quotas.limitOf({ kind: 'request', stack, name: request ?? '' }, 'bytes');
}

/** Returns the package that a job makes by its own variables. A protected entry is checked against the lock as well. */
export function builtHash({ variables }: JobPlan): string | undefined {
  const hash = variables.SPACK_JOB_SPEC_DAG_HASH?.value;
  return hash !== undefined && /^[a-z2-7]{32}$/.test(hash) ? hash : undefined;
}

/**
 * Identifies what a job builds and where it pushes it: equal for jobs that would do the same. Undefined for other jobs.
 */
export function buildOf(record: PipelineRecord, plan: JobPlan): string | undefined {
  const hash = builtHash(plan);
  return hash === undefined ? undefined : `${record.stack} ${writePrefixOf(record)} ${hash}`;
}

/** Returns the package of what `buildOf` returns. */
export function hashOfBuild(build: string): string {
  return build.slice(build.lastIndexOf(' ') + 1);
}
