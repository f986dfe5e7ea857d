import { BoundedMap } from '../../kit/index.ts';
import type { PipelineFiles } from '../context.ts';
import { readRecordedLock } from '../locks/lock-record.ts';
import { builtHash } from '../mirror/mirror-access.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';
import { rootOf } from '../status/status-report.ts';

const KEPT = 100;
/** Hashes by digest of the lock, which takes a while to read with thousands of packages. */
const kept = new WeakMap<PipelineFiles['pipelines'], BoundedMap<string, readonly string[]>>();

/** Returns the names of a pipeline's jobs that build what the stack asks for: the roots of its locks. */
export async function rootJobs(context: PipelineFiles, pipeline: string): Promise<string[]> {
  const locks = context.pipelines.locks(rootOf(context, pipeline).id);
  const roots = new Set((await Promise.all(locks.map((lock) => rootHashes(context, lock)))).flat());
  const { jobs } = context.pipelines.state(pipeline).plan;
  return jobs.filter((job) => roots.has(builtHash(job) ?? '')).map(({ name }) => name);
}

async function rootHashes(context: PipelineFiles, recorded: RecordedLock): Promise<readonly string[]> {
  const known = kept.get(context.pipelines) ?? new BoundedMap<string, readonly string[]>(KEPT);
  kept.set(context.pipelines, known);
  const found =
    known.get(recorded.digest) ?? (await readRecordedLock(context, recorded)).lock.roots.map(({ hash }) => hash);
  known.set(recorded.digest, found);
  return found;
}
