import { mkdir } from 'node:fs/promises';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { checkEntry, entryName, readRecords, transferBlob } from '../../mirror/index.ts';
import { blobKey, manifestKey } from '../../spack/index.ts';
import { currentTime, type CoordinatorContext } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { signEntry } from '../mirror/accept-entry.ts';
import type { ProtectedLock, Verdict } from './promotable.ts';
import type { Promotion, RequestPackage } from './promotion-ledger.ts';

type Parts = Pick<CoordinatorContext, 'pipelines' | 'folder' | 'promotions' | 'audit' | 'clock' | 'log' | 'verifier'>;

/**
 * Puts a package that a pull request built onto the protected mirror, signed, or records why it is built again. One
 * that the mirror has stays as it is. Safe to repeat after a crash.
 */
export async function promotePackage(context: Parts, subject: ProtectedLock, verdict: Verdict): Promise<void> {
  const { root, stack } = subject;
  const { node, entry, reason } = verdict;
  const { name, version, hash } = node;
  const about = { stack: root.stack, pipeline: root.id, name, version, hash };
  const save = (outcome: Pick<Promotion, 'outcome' | 'tarball' | 'fromPipeline' | 'fromJob' | 'reason'>) =>
    context.promotions.save({ ...about, ...outcome, at: currentTime(context) });
  const read = { verifier: context.verifier, requireSignature: true };
  const present = await checkEntry(stack.mirror.root(''), node, read);
  if (present.state === 'valid') {
    const before = context.promotions.promotions(root.id).find((one) => one.hash === hash);
    // The server ended after it was signed.
    if (before?.outcome !== 'begun' || before.tarball !== present.entry.tarball.sha256) return;
    save({ ...before, outcome: 'promoted' });
    return recordDone(context, subject, before);
  }
  if (entry === undefined) return save({ outcome: 'rebuilt', reason });
  const { tarball } = readRecords(entry.manifest, entryName(entry));
  const from = { fromPipeline: entry.pipeline, fromJob: entry.job };
  try {
    context.audit.require();
    save({ outcome: 'begun', tarball: tarball.checksum, ...from });
    await copyAndSign(context, subject, entry);
    save({ outcome: 'promoted', tarball: tarball.checksum, ...from });
    recordDone(context, subject, { name, version, hash, tarball: tarball.checksum, ...from });
  } catch (error) {
    save({ outcome: 'rebuilt', reason: messageOf(error), ...from });
    const isRefused = error instanceof SlipwayError && error.status < 500;
    const fault = { outcome: isRefused ? 'refused' : 'failed', reason: messageOf(error) } as const;
    context.audit.record({ ...auditOf(subject, { name, version, hash, ...from }), ...fault });
    context.log.warn({ pipeline: root.id, name, hash, error: messageOf(error) }, 'a package was not promoted');
  }
}

/** The bytes must be those that the gateway accepted: it recorded the manifest, which has their digests. */
async function copyAndSign(
  context: Parts,
  { stack, root, digest }: ProtectedLock,
  entry: RequestPackage,
): Promise<void> {
  const { mirror } = stack;
  const [from, to] = [mirror.root(entry.prefix), mirror.root('')];
  const key = manifestKey(entry);
  const title = entryName(entry);
  const stored = (await from.get(key))?.toString();
  if (stored !== entry.manifest) throw coordinatorError('PROMOTION_ENTRY_CHANGED', { entry: title, job: entry.job });
  const scratch = context.folder.temporary;
  await mkdir(scratch, { recursive: true });
  const { manifest, tarball } = readRecords(entry.manifest, title);
  for (const record of manifest.data) {
    const blob = blobKey(record.checksum);
    const label = { entry: title, part: 'blob' };
    await transferBlob({ from: { store: from, key: blob }, to: { store: to, key: blob }, record, label, scratch });
  }
  const lock = context.pipelines.locks(root.id).find((one) => one.digest === digest);
  if (lock === undefined) throw coordinatorError('PIPELINE_LOCK_MISSING', { pipeline: root.id });
  const signing = { stack, root, lock, job: entry.job, promotedFrom: entry.pipeline };
  const { manifest: signed, already } = await signEntry(context, signing, { key, manifest: entry.manifest });
  if (already && !signed.includes(tarball.checksum)) throw coordinatorError('PROMOTION_TOO_LATE', { entry: title });
}

type Promoted = Pick<Promotion, 'name' | 'version' | 'hash' | 'fromPipeline' | 'fromJob' | 'tarball'>;

function recordDone(context: Parts, subject: ProtectedLock, promoted: Promoted): void {
  const { name, hash, fromPipeline } = promoted;
  context.audit.record({ ...auditOf(subject, promoted), outcome: 'done' });
  context.log.info({ pipeline: subject.root.id, name, hash, from: fromPipeline }, 'package promoted');
}

function auditOf({ root }: ProtectedLock, { fromPipeline = '', fromJob = '', tarball, ...id }: Promoted) {
  return {
    who: 'server',
    action: 'package.promote',
    stack: root.stack,
    on: entryName(id),
    details: { pipeline: root.id, fromPipeline, fromJob, ...(tarball === undefined ? {} : { tarball }) },
  };
}
