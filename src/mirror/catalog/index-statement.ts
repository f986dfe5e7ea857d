import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { pythonJsonLines } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { verifyNamed, type Verifier } from '../verifier.ts';

/** Key of the statement, which Spack ignores. */
export const statementKey = 'v3/index.statement.json.asc';

/**
 * The statement of the single writer on an index, in a clearsigned message beside it. The index itself cannot be
 * signed: Spack reads it without. A reader who knows a number refuses a lower one: an older mirror was put back.
 */
export const IndexStatement = z.object({
  statement: z.literal('slipway-index-1'),
  /** SHA-256 of the index's blob. */
  index: z.string().regex(/^[0-9a-f]{64}$/),
  /** `SetDigest` of `memberOf` each entry: another manifest under an entry's name changes it. */
  entries: z.string().regex(/^[0-9a-f]{64}$/),
  count: z.number().int().nonnegative(),
  /** Grows with each index that is published. */
  number: z.number().int().positive(),
  /** UTC ISO 8601. */
  at: z.string(),
});
export type IndexStatement = z.infer<typeof IndexStatement>;

/** Signs a text as `gpg --clearsign` does; `notary` implements it. */
export type SignText = (text: string) => Promise<string>;

type IndexStatementContent = Omit<IndexStatement, 'statement'>;

/** An entry as a member of the set that a statement's `entries` is the digest of. */
export function memberOf(hash: string, manifestSha256: string): string {
  return `${hash} ${manifestSha256}`;
}

export async function writeStatement(
  store: ObjectStore,
  { sign, ...content }: { sign: SignText } & IndexStatementContent,
): Promise<void> {
  const statement: IndexStatement = { statement: 'slipway-index-1', ...content };
  const signed = await sign(pythonJsonLines(IndexStatement.parse(statement)));
  await store.put(statementKey, Buffer.from(signed), { contentType: 'text/plain' });
}

/** The statement of a mirror, if it has one. Throws what the verifier throws, and MIRROR_STATEMENT_INVALID. */
export async function readStatement(store: ObjectStore, verifier: Verifier): Promise<IndexStatement | undefined> {
  const stored = await store.get(statementKey);
  if (stored === undefined) return undefined;
  const { payload } = await verifyNamed(verifier, stored.toString(), 'the statement on the index');
  try {
    return IndexStatement.parse(JSON.parse(payload));
  } catch (error) {
    throw mirrorError('MIRROR_STATEMENT_INVALID', { store: store.url, reason: messageOf(error) }, { cause: error });
  }
}
