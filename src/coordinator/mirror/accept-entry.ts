import { readFile } from 'node:fs/promises';
import { BoundedMap } from '../../kit/index.ts';
import { readEntry, v3Layout, type Entry, type ObjectStore } from '../../mirror/index.ts';
import {
  blobKey,
  formatV2SpecFile,
  isClearsigned,
  manifestKey,
  parseManifestKey,
  parseV2SpecKey,
  readSpecFile,
  v2Checksum,
  v2SpecKey,
  type BuildcacheName,
} from '../../spack/index.ts';
import type { PipelineFiles, Stack, StackRegistry } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { recordPackage, type PackageRecords } from '../promotion/record-package.ts';
import type { Attestation } from '../../notary/index.ts';
import { lockWith, locksOfRun, notaryLockName, readRecordedLock } from '../locks/lock-record.ts';
import type { MirrorGrant } from './mirror-access.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import { rootOf } from '../status/status-report.ts';

/** What a job put: a package's manifest (layout v3) or its spec file (layout v2). */
interface Pushed {
  readonly key: string;
  readonly manifest: string;
}

/** Called instead of a plain write when a job puts either: what is not accepted is never visible. */
export async function acceptManifest(
  context: PipelineFiles & StackRegistry & PackageRecords,
  grant: MirrorGrant,
  pushed: Pushed,
): Promise<void> {
  const run = context.pipelines.run(grant.job) as JobRun;
  const root = rootOf(context, run.pipeline);
  const stack = context.stacks.get(root.stack) as Stack;
  const prefix = (grant.writePrefix as string).replace(/\/$/, '');
  const inner = { ...pushed, key: prefix === '' ? pushed.key : pushed.key.slice(prefix.length + 1) };
  const entry = await asLayoutV3({ stack, prefix, job: run.id }, inner);
  if (root.trust === 'protected') return acceptProtected(context, { stack, root, run }, entry);
  const { digest: lock } = await requireInLock(context, { root, run }, entry);
  const record = (id: BuildcacheName, manifest: string) =>
    recordPackage(context, { root, run, prefix, lock }, { id, manifest });
  return acceptUnsigned({ stack, prefix, job: run.id }, entry, record);
}

interface PushTarget {
  readonly stack: Stack;
  /** Root of the mirror, without a slash. */
  readonly prefix: string;
  readonly job: string;
}

/**
 * Spack 0.19 to 0.23 push layout v2: a manifest and its spec blob are made from their spec file.
 */
async function asLayoutV3({ stack, prefix, job }: PushTarget, pushed: Pushed): Promise<Pushed> {
  const named = parseV2SpecKey(pushed.key);
  if (named === undefined) return pushed;
  if (stack.mirror.v2(prefix) === undefined)
    throw coordinatorError('MIRROR_LAYOUT_MISSING', { stack: stack.configuration.name, job });
  const { key, manifest: text } = pushed;
  const refuse = (reason: string) => coordinatorError('SPEC_FILE_REFUSED', { key, job, reason });
  if (isClearsigned(text)) throw refuse('it is signed');
  const spec = readSpecFile(text, { file: key });
  const [node] = spec.nodes;
  const fault = faultOf(key, { spec, hash: named.hash });
  if (fault !== undefined) throw refuse(fault);
  const store = stack.mirror.root(prefix);
  const sha256 = v2Checksum(text);
  const tarball = await store.head(blobKey(sha256));
  if (tarball === undefined) throw refuse(`no tarball with SHA-256 ${sha256} was pushed`);
  const id: BuildcacheName = { name: node.name, version: node.version, hash: node.hash };
  const manifest = await v3Layout(store).payload({ id, spec, tarball: { sha256, size: tarball.size } });
  return { key: manifestKey(id), manifest };
}

function faultOf(
  key: string,
  { spec, hash }: { spec: ReturnType<typeof readSpecFile>; hash: string },
): string | undefined {
  // Tarballs of layout 0 hold another archive, those of 1 no parent folders.
  if (spec.buildcacheLayoutVersion !== 2) return `its layout is ${spec.buildcacheLayoutVersion ?? 0}, not 2`;
  if (spec.nodes[0].hash !== hash) return `it describes ${spec.nodes[0].hash}`;
  return v2SpecKey(spec.nodes, 'plain') === key ? undefined : 'it describes a package of another name';
}

/**
 * A job of a pull request chooses its own variables, and with them the hash that its credentials are for. So the hash
 * must be in the lock of its pipeline too, under the same name; the notary checks the same for protected ones.
 */
async function requireInLock(
  context: PipelineFiles,
  { root, run }: { root: PipelineRecord; run: JobRun },
  { key }: Pushed,
): Promise<RecordedLock> {
  const id = parseManifestKey(key);
  if (id === undefined) throw coordinatorError('MANIFEST_NAME_REFUSED', { key, job: run.id });
  const { name, hash } = id;
  const own = await lockWith(context, locksOfRun(context, run), hash);
  if ((await namesInLock(context, own)).get(hash) !== name)
    throw coordinatorError('MANIFEST_NOT_IN_LOCK', { job: run.id, name, hash, pipeline: root.id });
  return own;
}

/** Of the locks that jobs push packages of at present. */
const lockNames = new BoundedMap<string, Promise<ReadonlyMap<string, string>>>(32);

/** Returns the names of a lock's packages by their hashes. */
function namesInLock(context: PipelineFiles, recorded: RecordedLock): Promise<ReadonlyMap<string, string>> {
  const read = async () => {
    const { lock } = await readRecordedLock(context, recorded);
    return new Map([...lock.nodes.values()].map(({ hash, name }) => [hash, name]));
  };
  const names = lockNames.get(recorded.digest) ?? read();
  lockNames.set(recorded.digest, names);
  names.catch(() => lockNames.delete(recorded.digest));
  return names;
}

async function acceptProtected(
  context: PipelineFiles,
  { stack, root, run }: { stack: Stack; root: PipelineRecord; run: JobRun },
  pushed: Pushed,
): Promise<void> {
  const lock = await lockWith(context, locksOfRun(context, run), parseManifestKey(pushed.key)?.hash);
  await signEntry(context, { stack, root, lock, job: run.id }, pushed);
}

interface SigningSubject {
  readonly stack: Stack;
  /** The protected pipeline. */
  readonly root: PipelineRecord;
  readonly lock: RecordedLock;
  /** The job that built the package. */
  readonly job: string;
  /** The pull request's pipeline that the job is of, if it is not one of `root`. */
  readonly promotedFrom?: string;
}

/** Has the notary check, sign and write an entry of the protected mirror, whose blobs are there. */
export async function signEntry(
  context: PipelineFiles,
  { stack, root, lock, job, promotedFrom }: SigningSubject,
  { key, manifest }: Pushed,
): Promise<Attestation> {
  const { digest } = lock;
  const v2Mirror = stack.mirror.v2('');
  const attestation = await stack.notary.accept({
    stack: root.stack,
    pipeline: root.id,
    job,
    promotedFrom,
    lockDigest: digest,
    lockName: notaryLockName(root, lock),
    readLock: () => readFile(context.folder.lock(digest), 'utf8'),
    key,
    manifest,
    withSpecFile: v2Mirror !== undefined,
  });
  if (attestation.specFile !== undefined) await v2Mirror?.put(attestation.specFile);
  return attestation;
}

/** A pull request's own root: nothing is signed, but what cannot be read back is refused just the same. */
async function acceptUnsigned(
  { stack, prefix, job }: PushTarget,
  { key, manifest }: Pushed,
  record: (id: BuildcacheName, manifest: string) => void,
): Promise<void> {
  const id = parseManifestKey(key);
  if (id === undefined) throw coordinatorError('MANIFEST_NAME_REFUSED', { key, job });
  const store = stack.mirror.root(prefix);
  // It is read together with this manifest, so it exists.
  const entry = (await readEntry(withPending(store, key, manifest), id, { requireSignature: false })) as Entry;
  await stack.mirror.prepare(prefix);
  // Before it is visible: what is not recorded is not promoted, nor what was built with it.
  record(id, manifest);
  await store.put(key, Buffer.from(manifest));
  await stack.mirror.publisher(prefix).add(entry.spec);
  await stack.mirror.v2(prefix)?.put(formatV2SpecFile(entry.spec, entry.tarball.sha256));
}

/** Returns the store as it would be with one more object in it. */
function withPending(store: ObjectStore, pending: string, text: string): ObjectStore {
  return {
    url: store.url,
    get: async (key) => (key === pending ? Buffer.from(text) : store.get(key)),
    open: (key) => store.open(key),
    head: (key) => store.head(key),
    put: (key, body, options) => store.put(key, body, options),
    list: (prefix) => store.list(prefix),
  };
}
