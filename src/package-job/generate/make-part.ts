import type { LockShare } from '../../builder/index.ts';
import { lockDigest, writeLockfile, type Lockfile } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { makeLock, searchTested, testedSource, type LockSelection } from './choose-lock.ts';
import { writePart } from './lock-part.ts';

interface PartRequest extends Omit<LockSelection, 'lock' | 'parts'> {
  readonly share: LockShare;
  /** Folder of the parts, absolute. */
  readonly folder: string;
}

interface MadePart {
  /** Path of the part. */
  readonly file: string;
  /** Undefined if a tested lock makes it unnecessary. */
  readonly lock?: Lockfile;
}

/** Locks a share of an environment's roots for a job that joins all of them. */
export async function makePart(request: PartRequest, context: PackageJobContext): Promise<MadePart> {
  const { environment, configScopes, share, folder } = request;
  const source = testedSource(context);
  const { builder, inputs, chosen } = await searchTested(request, context, source);
  if (chosen !== undefined && inputs.digest !== undefined) {
    const known = { digest: inputs.digest, facts: inputs.facts };
    return { file: await writePart(folder, { version: 1, ...share, inputs: known, lock: null }) };
  }
  const { lock, base } = await makeLock(request, { ...context, ...source, builder });
  // Locking may have cloned recipes, whose commit was not known before.
  const { digest, facts } = await builder.inputs({ environment, configScopes });
  if (digest === undefined) throw packageJobError('PACKAGE_JOB_LOCK_INPUTS_UNKNOWN', { environment });
  const begun = base === undefined ? facts : { ...facts, 'lock of the base': lockDigest(writeLockfile(base.lock)) };
  const part = { version: 1, ...share, inputs: { digest, facts: begun }, lock: writeLockfile(lock) } as const;
  return { file: await writePart(folder, part), lock };
}
