import { existsSync } from 'node:fs';
import type { SlipwayError } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { RecordedLock } from '../pipeline-ledger.ts';
import { rootOf } from '../status/status-report.ts';

/** The locks that a name stands for, and the pipeline that recorded them. */
export interface NamedLocks {
  readonly record: PipelineRecord;
  /** At least one. */
  readonly locks: readonly RecordedLock[];
}

type Sources = Pick<CoordinatorContext, 'pipelines' | 'ledger' | 'folder'>;

/** Pipelines of a stack that are searched for a branch or the beginning of a SHA. */
const LOOK_BACK = 2_000;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const DIGEST = /^[0-9a-f]{12,64}$/;
const ABBREVIATED = /^[0-9a-f]{7,64}$/;

/**
 * Finds the locks of a stack that a name stands for: `pipeline:<id>`, `image:<id>`, `lock:<digest>`, a branch, a tag,
 * `pull/<number>` or a commit. Of several pipelines the newest that has a lock counts; a commit that has none stands
 * for its tree. Locks of other stacks are not found. Throws COMPARE_NAME_UNKNOWN or COMPARE_LOCK_MISSING.
 */
export async function locksNamed(context: Sources, stack: Stack, name: string): Promise<NamedLocks> {
  const records = await recordsNamed(context, stack, name);
  const subject = { stack: stack.configuration.name, name: name.slice(0, 100) };
  if (records.length === 0) throw coordinatorError('COMPARE_NAME_UNKNOWN', subject);
  for (const record of records) {
    const locks = context.pipelines.locks(record.id);
    if (locks.length > 0 && locks.every(({ digest }) => existsSync(context.folder.lock(digest))))
      return { record, locks: lockAlone(name, locks) };
  }
  throw missingLock(context, subject, records[0] as PipelineRecord);
}

/** `lock:<digest>` stands for one lock, where a pipeline has several. */
function lockAlone(name: string, locks: readonly RecordedLock[]): readonly RecordedLock[] {
  const [kind, digest = ''] = split(name);
  return kind === 'lock' ? locks.filter((one) => one.digest.startsWith(digest)).slice(0, 1) : locks;
}

function missingLock(
  { pipelines }: Pick<Sources, 'pipelines'>,
  subject: { readonly stack: string; readonly name: string },
  { id }: PipelineRecord,
): SlipwayError {
  const reason = pipelines.locks(id).length === 0 ? 'has recorded none' : 'has lost the file of its lock';
  return coordinatorError('COMPARE_LOCK_MISSING', { ...subject, pipeline: id, reason });
}

/** The pipelines that a name stands for, the newest first. */
async function recordsNamed(context: Sources, stack: Stack, name: string): Promise<readonly PipelineRecord[]> {
  const own = stack.configuration.name;
  const { pipelines, ledger } = context;
  const pipeline = (id: string | undefined) => {
    const record = id !== undefined && /^\d{1,15}$/.test(id) ? pipelines.record(id) : undefined;
    return record?.stack === own ? [rootOf(context, record.id)] : [];
  };
  const [kind, rest = ''] = split(name);
  switch (kind) {
    case 'pipeline':
      return pipeline(rest);
    case 'image':
      return pipeline(ledger.publication(rest)?.pipeline);
    case 'lock':
      return DIGEST.test(rest) ? pipelines.list({ stack: own, lock: rest, limit: 1 }) : [];
    default: {
      const all = pipelines.list({ stack: own, limit: LOOK_BACK });
      const ofRef = all.filter(({ ref }) => ref === name);
      return ofRef.length > 0 ? ofRef : recordsOfCommit(context, stack, { name, all });
    }
  }
}

function split(name: string): readonly string[] {
  return /^(pipeline|image|lock):(.+)$/.exec(name)?.slice(1) ?? [];
}

async function recordsOfCommit(
  { pipelines, ledger }: Sources,
  { configuration, forge }: Stack,
  { name, all }: { readonly name: string; readonly all: readonly PipelineRecord[] },
): Promise<readonly PipelineRecord[]> {
  const refs = ledger.knownRefs(configuration.name);
  const sha = refs.get(`refs/tags/${name}`) ?? refs.get(`refs/heads/${name}`) ?? name;
  const named = ABBREVIATED.test(sha) ? all.filter((one) => one.head.startsWith(sha) || one.sha.startsWith(sha)) : [];
  if (named.length > 0 || !SHA.test(sha)) return named;
  const commit = await forge.commit(sha).catch(() => undefined);
  return commit === undefined ? [] : pipelines.list({ stack: configuration.name, tree: commit.tree });
}
