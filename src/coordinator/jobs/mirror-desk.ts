import { readFile } from 'node:fs/promises';
import { isSameToken } from './tokens.ts';
import { parseManifestKey } from '../../spack/index.ts';
import { readEntry, writeLayout } from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { branchFolder } from '../arrival/asked-pipeline.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { recordedLock } from './lock-record.ts';
import type { JobRun, PipelineRecord } from '../ports.ts';
import { rootOf } from '../status/status-report.ts';

/** What a job's credentials open at the gateway. */
export interface MirrorGrant {
  readonly job: string;
  readonly bucket: string;
  /** Roots that may be read: '' is the protected one, `pr/7/` a pull request's. */
  readonly readPrefixes: readonly string[];
  readonly writePrefix: string | undefined;
  /** The one package whose entry may be written. */
  readonly hash: string | undefined;
}

/** Root of the mirror that a pipeline's jobs push to. */
export function writePrefixOf(record: PipelineRecord): string {
  return record.trust === 'protected' ? '' : `pr/${record.request ?? branchFolder(record.ref)}`;
}

/** The secret and the grant behind an access key, while its job runs. */
export function mirrorCredentials(
  context: CoordinatorContext,
  accessKeyId: string,
): { secretAccessKey: string; grant: MirrorGrant } | undefined {
  const job = context.tokens.jobOfAccessKey(accessKeyId);
  const run = job === undefined ? undefined : context.pipelines.run(job);
  if (job === undefined || run?.status !== 'running') return undefined;
  const key = context.tokens.accessKey(job);
  if (!isSameToken(key.accessKeyId, accessKeyId)) return undefined;
  return { secretAccessKey: key.secretAccessKey, grant: grantOf(context, run) };
}

function grantOf(context: CoordinatorContext, run: JobRun): MirrorGrant {
  const record = context.pipelines.record(run.pipeline) as PipelineRecord;
  const root = writePrefixOf(record);
  const writePrefix = root === '' ? '' : `${root}/`;
  const hash = hashOfJob(context, run);
  return {
    job: run.id,
    bucket: record.stack,
    readPrefixes: record.trust === 'protected' ? [''] : ['', writePrefix],
    writePrefix: hash === undefined ? undefined : writePrefix,
    hash,
  };
}

/** The package that a job says it makes. A protected entry is checked against the lock as well. */
function hashOfJob(context: CoordinatorContext, run: JobRun): string | undefined {
  const plan = context.pipelines.state(run.pipeline).plan.jobs.find(({ name }) => name === run.name);
  const hash = plan?.variables.SPACK_JOB_SPEC_DAG_HASH?.value;
  return hash !== undefined && /^[a-z2-7]{32}$/.test(hash) ? hash : undefined;
}

/** Called instead of a plain write when a job puts a manifest: what is not accepted is never visible. */
export async function acceptManifest(
  context: CoordinatorContext,
  grant: MirrorGrant,
  { key, manifest }: { key: string; manifest: string },
): Promise<void> {
  const run = context.pipelines.run(grant.job) as JobRun;
  const root = rootOf(context, run.pipeline);
  const stack = context.stacks.get(root.stack) as Stack;
  if (root.trust !== 'protected') return acceptUnsigned(stack, grant, { key, manifest });
  const digest = recordedLock(context, root);
  await stack.notary.accept({
    stack: root.stack,
    pipeline: root.id,
    job: run.id,
    lockDigest: digest,
    readLock: () => readFile(context.folder.lock(digest), 'utf8'),
    key,
    manifest,
  });
}

/** A pull request's own root: nothing is signed, but what cannot be read back is refused just the same. */
async function acceptUnsigned(
  stack: Stack,
  grant: MirrorGrant,
  { key, manifest }: { key: string; manifest: string },
): Promise<void> {
  const prefix = (grant.writePrefix as string).replace(/\/$/, '');
  const store = stack.mirror.root(prefix);
  const inner = key.slice(prefix.length + 1);
  const id = parseManifestKey(inner);
  if (id === undefined) throw coordinatorError('MANIFEST_NAME_REFUSED', { key, job: grant.job });
  const entry = await readEntry(withPending(store, inner, manifest), id, { requireSignature: false });
  await writeLayout(store);
  await store.put(inner, Buffer.from(manifest));
  if (entry !== undefined) await stack.mirror.publisher(prefix).add(entry.spec);
}

/** The store as it would be with one more object in it. */
function withPending(store: ObjectStore, key: string, text: string): ObjectStore {
  return {
    url: store.url,
    get: async (wanted) => (wanted === key ? Buffer.from(text) : store.get(wanted)),
    open: (wanted) => store.open(wanted),
    head: (wanted) => store.head(wanted),
    put: (wanted, body, options) => store.put(wanted, body, options),
    list: (prefix) => store.list(prefix),
  };
}
