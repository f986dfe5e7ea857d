import type { LockInputs } from '../../builder/index.ts';
import { mergeLocks, orderedLock, readLockfile, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import { partFile, readParts, type LockPart } from './lock-part.ts';

interface JoinedLock {
  readonly lock: Lockfile;
  /** Digest of what decided the lock. */
  readonly inputs: string;
}

/**
 * Joins the parts of a lock that other jobs have left in a folder; undefined if there is nothing to join, since the
 * environment has no roots, or the jobs relied on a tested lock that this one does not find. Throws if a part is missing
 * or was not made from what this job has.
 */
export async function joinParts(
  folder: string,
  own: LockInputs,
  note: (line: string) => void,
): Promise<JoinedLock | undefined> {
  const parts = await readParts(folder);
  const [first] = parts;
  for (const part of parts) {
    refuseForeign(part, { facts: first.inputs.facts, other: `part ${first.part}` });
    refuseForeign(part, { facts: own.facts, other: 'this job has' });
  }
  if (parts.some(({ lock }) => lock === null)) {
    note(
      'A tested lock was found by the jobs that lock the parts, but not by this one: the environment is locked here.',
    );
    return undefined;
  }
  const locks = parts.map((part) => readLockfile(part.lock ?? '', partFile(folder, part), { checkHashes: true }));
  const [one, ...others] = locks.filter(({ roots }) => roots.length > 0);
  if (one === undefined) return undefined;
  // Several parts may have the same root: that of the lock that they began with.
  const lock = mergeLocks([one, ...others]);
  note(`Joined the lock of ${parts.length} parts, which have ${lock.roots.length} roots.`);
  return { lock: orderedLock(lock), inputs: first.inputs.digest };
}

interface Expected {
  readonly facts: LockInputs['facts'];
  /** Whose they are, for the message. */
  readonly other: string;
}

/** What this job cannot know, such as the recipes that Spack will clone, is compared among the parts only. */
function refuseForeign({ part, parts, inputs }: LockPart, { facts, other }: Expected): void {
  const differing = Object.keys(inputs.facts).filter(
    (name) => facts[name] !== undefined && facts[name] !== inputs.facts[name],
  );
  if (differing.length === 0) return;
  throw packageJobError('PACKAGE_JOB_LOCK_PART_FOREIGN', { part, parts, other, facts: differing.join(', ') });
}
