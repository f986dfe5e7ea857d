import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkEntry,
  installEntry,
  publishedKeys,
  readEntry,
  recordedExpectation,
  repairMirror,
  verifyMirror,
  type MirrorFinding,
  type ReadOptions,
  type VerifyOptions,
} from '../src/mirror/index.ts';
import { gather } from './support/gather.ts';
import {
  alterChecksum,
  copyOver,
  flip,
  manipulations,
  specKey,
  type Change,
  type Manipulation,
} from './support/manipulations.ts';
import { temporaryFolder } from './support/mirror-package.ts';
import { signedMirror, type SignedMirror } from './support/signed-mirror.ts';

/** 40 to 43: what making the index again leaves out, and says so. */
const reindexing: readonly { readonly name: string; readonly change: Change; readonly code: string }[] = [
  {
    name: '40 a bit of a spec file flipped',
    change: async (mirror) => flip(mirror, await specKey(mirror)),
    code: 'MIRROR_BLOB_DIGEST_WRONG',
  },
  {
    name: '41 a spec file gone',
    change: async (mirror) => mirror.store.remove!(await specKey(mirror)),
    code: 'MIRROR_BLOB_MISSING',
  },
  {
    name: '42 a signed manifest altered, which Spack indexes without a word',
    change: alterChecksum,
    code: 'MIRROR_SIGNATURE_INVALID',
  },
  {
    name: '43 a signed manifest copied over another’s: its package vanishes from Spack’s index',
    change: copyOver,
    code: 'MIRROR_ENTRY_MISMATCH',
  },
];

const readOf = async ({ read, isUnsigned }: Manipulation, mirror: SignedMirror): Promise<ReadOptions> =>
  read?.(mirror) ??
  (isUnsigned === undefined ? { verifier: mirror.verifier, requireSignature: true } : { requireSignature: false });

async function verified(mirror: SignedMirror, read: ReadOptions): Promise<readonly MirrorFinding[]> {
  const expected = recordedExpectation(mirror.folder);
  const options: VerifyOptions = { ...read, ...(expected === undefined ? {} : { expected }) };
  try {
    return await gather(verifyMirror(mirror.store, options));
  } finally {
    expected?.close();
  }
}

async function findingsOf(manipulation: Manipulation): Promise<readonly MirrorFinding[]> {
  const mirror = await signedMirror({ isSigned: manipulation.isUnsigned === undefined });
  await manipulation.change(mirror);
  return verified(mirror, await readOf(manipulation, mirror));
}

async function installed(mirror: SignedMirror, read: ReadOptions): Promise<string | undefined> {
  try {
    const entry = await readEntry(mirror.store, mirror.gauge, read);
    if (entry === undefined) return 'absent';
    await installEntry(mirror.store, entry, { folder: join(await temporaryFolder(), 'gauge') });
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a mirror that was tampered with', () => {
  const found = new Map<Manipulation, readonly MirrorFinding[]>();

  test.each(manipulations.map((one) => [one.name, one] as const))('%s', async (_, manipulation) => {
    const mirror = await signedMirror({ isSigned: manipulation.isUnsigned === undefined });
    await manipulation.change(mirror);
    const read = await readOf(manipulation, mirror);
    expect(await installed(mirror, read)).toBe(manipulation.install);
    const isAsked =
      manipulation.install?.startsWith('MIRROR_') === true && !/TARBALL|BLOB_DIGEST/.test(manipulation.install);
    if (isAsked)
      expect(await checkEntry(mirror.store, mirror.gauge, read)).toMatchObject({
        state: 'invalid',
        code: manipulation.install,
      });
    if (manipulation.finds === undefined && manipulation.install !== undefined) return;
    const all = await verified(mirror, read);
    found.set(manipulation, all);
    const findings = all.filter(({ kind }) => kind !== 'ok');
    const kinds = findings.map(({ kind, code }) => (code === undefined ? kind : `${kind}:${code}`));
    expect(kinds.toSorted()).toEqual((manipulation.finds ?? []).toSorted());
    for (const { message, remedy } of findings) expect([message, remedy]).not.toContain('');
  });

  test.each(reindexing)('indexed again: $name', async ({ change, code }) => {
    const mirror = await signedMirror();
    await change(mirror);
    const publisher = mirror.publisher();
    const { dropped, refused } = await publisher.rebuild();
    expect({ dropped, refused }).toMatchObject({
      dropped: [mirror.gauge.hash],
      refused: [{ hash: mirror.gauge.hash, code }],
    });
    publisher.close();
  });

  test('47 the key that is published is the mirror’s', async () => {
    const mirror = await signedMirror();
    expect(await publishedKeys(mirror.store)).toEqual([
      { fingerprint: mirror.signer.fingerprint, publicKey: mirror.signer.publicKey },
    ]);
  });

  test('every kind of fault has words of its own', async () => {
    const words = new Map<string, string>();
    for (const manipulation of manipulations.filter(({ finds = [] }) => finds.length > 0)) {
      for (const { kind, code = '', message } of found.get(manipulation) ?? (await findingsOf(manipulation)))
        words.set(`${kind}:${code}`, message.replace(/[0-9a-f]{32,}|[a-z2-7]{32}/g, '…'));
    }
    expect(new Set(words.values()).size).toBe(words.size);
    expect(words.size).toBeGreaterThan(18);
  });
});

describe('mending', () => {
  test.each(['45', '46', '19', '07', '08', 'an older index put', 'an older index and', 'the statement removed'])(
    'after “%s…” leaves an index that is true, and every manifest where it was',
    async (start) => {
      const mirror = await signedMirror();
      await manipulations.find(({ name }) => name.startsWith(start))!.change(mirror);
      const read = { verifier: mirror.verifier, requireSignature: true };
      const before = (await gather(mirror.store.list('v3/manifests/spec/'))).map(({ key }) => key);
      const publisher = mirror.publisher();
      const done = await repairMirror(mirror.store, await verified(mirror, read), {
        publisher,
        unusedBefore: Infinity,
      });
      publisher.close();
      expect(done.length).toBeGreaterThan(0);
      const left = (await verified(mirror, read))
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'ok' && kind !== 'blob-unused');
      expect(left).toEqual(start === '07' || start === '08' ? ['entry-invalid'] : []);
      expect((await gather(mirror.store.list('v3/manifests/spec/'))).map(({ key }) => key)).toEqual(before);
    },
  );
});
