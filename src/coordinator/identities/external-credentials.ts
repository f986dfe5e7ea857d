import { BoundedMap } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, PipelineFiles, Timed } from '../context.ts';
import { readRecordedLock, recordedLocks } from '../locks/lock-record.ts';
import { maxBytesOf, mirrorRootOf, type MirrorGrant } from '../mirror/mirror-access.ts';
import { isExternal } from './is-external.ts';

/** Hashes by the digest of their lock, which never changes. */
const known = new BoundedMap<string, ReadonlySet<string>>(32);

/**
 * Returns the secret and the grant behind an access key that an ID token was exchanged for, until it expires or its
 * pipeline ends.
 */
export async function externalCredentials(
  context: PipelineFiles & Timed & Pick<CoordinatorContext, 'tokens' | 'quotas'>,
  accessKeyId: string,
): Promise<{ secretAccessKey: string; grant: MirrorGrant } | undefined> {
  const key = context.tokens.readIdentityKey(accessKeyId);
  const run = key === undefined ? undefined : context.pipelines.run(key.job);
  if (key === undefined || run?.status !== 'running' || context.clock.now() > key.expiresAt) return undefined;
  const record = context.pipelines.record(run.pipeline) as PipelineRecord;
  if (!isExternal(record)) return undefined;
  const writePrefix = mirrorRootOf(context, run);
  const grant = {
    job: run.id,
    buckets: [record.stack],
    readPrefixes: record.trust === 'protected' ? [''] : ['', writePrefix],
    writePrefix,
    hashes: await hashesOf(context, record),
    maxBytes: maxBytesOf(context, record),
  };
  return { secretAccessKey: key.secretAccessKey, grant };
}

async function hashesOf(context: PipelineFiles, record: PipelineRecord): Promise<ReadonlySet<string>> {
  const [recorded] = recordedLocks(context, record);
  if (recorded === undefined) return new Set();
  const found = known.get(recorded.digest) ?? new Set((await readRecordedLock(context, recorded)).lock.nodes.keys());
  known.set(recorded.digest, found);
  return found;
}
