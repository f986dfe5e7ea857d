import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { LockShare } from '../../builder/index.ts';
import { atomicWrite, hasCode, messageOf, parseJson } from '../../kit/index.ts';
import { MOST_LOCK_JOBS } from '../../spack/index.ts';
import { packageJobError } from '../errors.ts';

/**
 * The file that a job with a share of an environment's roots leaves for the job that joins the shares. How roots are
 * divided is part of the version.
 */
export const LockPart = z.strictObject({
  version: z.literal(1),
  part: z.int().min(1),
  parts: z.int().min(1).max(MOST_LOCK_JOBS),
  inputs: z.strictObject({ digest: z.string(), facts: z.record(z.string(), z.string()) }),
  /** The text of a `spack.lock` of these roots; null if a tested lock makes it unnecessary. */
  lock: z.string().nullable(),
});
export type LockPart = z.infer<typeof LockPart>;

const FILE = /^\d+-of-\d+\.json$/;

export async function writePart(folder: string, part: LockPart): Promise<string> {
  const file = partFile(folder, part);
  await atomicWrite(file, `${JSON.stringify(part)}\n`, { isSynced: false });
  return file;
}

/** Reads all parts in a folder, in their order. Throws unless each part of one division is there exactly once. */
export async function readParts(folder: string): Promise<readonly [LockPart, ...LockPart[]]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  const parts = await Promise.all(names.filter((name) => FILE.test(name)).map(async (name) => readPart(folder, name)));
  const [first] = parts;
  if (first === undefined) throw packageJobError('PACKAGE_JOB_LOCK_PARTS_NONE', { folder });
  const other = parts.find((one) => one.parts !== first.parts);
  if (other !== undefined) throw packageJobError('PACKAGE_JOB_LOCK_PARTS_MIXED', { folder, ...mixed(first, other) });
  const missing = Array.from({ length: first.parts }, (_, index) => index + 1).filter(
    (part) => !parts.some((one) => one.part === part),
  );
  if (missing.length > 0) {
    const details = { folder, missing: missing.join(', '), parts: first.parts };
    throw packageJobError('PACKAGE_JOB_LOCK_PARTS_MISSING', details);
  }
  const [one = first, ...others] = parts.toSorted((a, b) => a.part - b.part);
  return [one, ...others];
}

export function partFile(folder: string, share: LockShare): string {
  return join(folder, fileName(share));
}

function fileName({ part, parts }: LockShare): string {
  return `${part}-of-${parts}.json`;
}

function mixed(one: LockPart, other: LockPart) {
  return { one: fileName(one), other: fileName(other) };
}

async function readPart(folder: string, name: string): Promise<LockPart> {
  const file = join(folder, name);
  const { success, data, error } = LockPart.safeParse(parseJson(await readFile(file, 'utf8')));
  if (!success) throw packageJobError('PACKAGE_JOB_LOCK_PART_INVALID', { file, fault: messageOf(error) });
  if (fileName(data) !== name)
    throw packageJobError('PACKAGE_JOB_LOCK_PART_INVALID', {
      file,
      fault: `its content is that of \`${fileName(data)}\``,
    });
  return data;
}
