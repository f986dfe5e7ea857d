import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { generateKey as generate, readKey, revokeKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { gather } from '../../test/support/gather.ts';
import {
  PacketSigner,
  clearsigned,
  keyBlock,
  packet,
  type SignatureForm,
  type Subpacket,
} from '../../test/support/openpgp-packets.ts';
import { folderStore, listEntries } from '../mirror/index.ts';
import { createSigner, createVerifier, generateKey, readSecretKey } from '../notary/index.ts';
import { clearsignedAcceptor } from './index.ts';

const fixture = join(import.meta.dirname, '../../test/fixtures/mirror');
const now = Date.parse('2026-12-01T00:00:00Z');
const clock = { now: () => now };
const DAY = 86_400;
const seconds = now / 1000 - 10 * DAY;
const TEXT = '{\n"version":3,\n"data":[\n]\n}';

const signers = { rsa: new PacketSigner('rsa', seconds), ed25519: new PacketSigner('ed25519', seconds) };
const { ed25519 } = signers;
const usualKey = keyBlock(ed25519.keyPackets({ created: seconds }));
const usualForm = { created: seconds + DAY };
const usualText = ed25519.clearsigned(TEXT, usualForm);

const accept = (text: string, keys: string) => clearsignedAcceptor(keys)(text, now);
const verify = async (text: string, keys: string) =>
  createVerifier(keys, { clock })(text).catch((error: unknown) => ({ refused: error }));

/** Whatever is accepted here, the full verifier must accept with the same result. */
async function expectAgreement(text: string, keys: string): Promise<boolean> {
  const accepted = accept(text, keys);
  if (accepted !== undefined) expect(await verify(text, keys)).toEqual(accepted);
  return accepted !== undefined;
}

describe('the acceptor', () => {
  test('accepts all that Spack and gpg signed with an RSA key', async () => {
    const acceptSpack = clearsignedAcceptor(await readFile(join(fixture, 'test-key.pub'), 'utf8'));
    const store = folderStore(fixture);
    const entries = await gather(listEntries(store));
    expect(entries).toHaveLength(11);
    for (const { key } of entries) {
      const text = (await store.get(key))!.toString();
      const accepted = acceptSpack(text, now);
      expect(accepted).toMatchObject({ fingerprint: '6C9402B68960BDB6C7934ED45D6EC9FFEF68032D' });
      expect(await verify(text, await readFile(join(fixture, 'test-key.pub'), 'utf8'))).toEqual(accepted);
    }
  });

  test('accepts what the notary signs', async () => {
    const key = await generateKey({ name: 'Lab', date: new Date(now - 1000), algorithm: 'ed25519' });
    const text = await createSigner(key, clock).sign(TEXT);
    expect(accept(text, `${usualKey}${key.publicKey}`)).toEqual({ payload: TEXT, fingerprint: key.fingerprint });
    expect(await expectAgreement(text, key.publicKey)).toBe(true);
  });

  test.each(['rsa', 'ed25519'] as const)('accepts the usual form of an %s key', async (kind) => {
    const keys = keyBlock(signers[kind].keyPackets({ created: seconds }));
    expect(await expectAgreement(signers[kind].clearsigned(TEXT, usualForm), keys)).toBe(true);
    const sha256: SignatureForm = { ...usualForm, hash: 8 };
    expect(await expectAgreement(signers[kind].clearsigned(TEXT, sha256), keys)).toBe(true);
  });

  test('takes no signature of one key for that of another', () => {
    expect(accept(usualText, keyBlock(signers.rsa.keyPackets({ created: seconds })))).toBeUndefined();
    expect(accept(usualText, '')).toBeUndefined();
  });
});

const added = (...more: readonly Subpacket[]) => ({ hashed: (usual: readonly Subpacket[]) => [...usual, ...more] });
const without = (type: number) => ({ hashed: (usual: readonly Subpacket[]) => usual.filter(([one]) => one !== type) });
const days = (count: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count * DAY);
  return bytes;
};
const SALT = Buffer.from('000000000001000161ff', 'hex');

describe('a signature is left to openpgp that', () => {
  test.each<[string, SignatureForm]>([
    ['is hashed with SHA-1', { hash: 2 }],
    ['signs bytes and not text', { type: 0 }],
    ['is of version 3', { version: 3 }],
    ['was made before its key', { created: seconds - 1 }],
    ['is from the future', { created: now / 1000 + 1 }],
    ['has no time', without(2)],
    ['has no issuer', without(33)],
    ['ends', added([3, days(1)])],
    ['has an unknown critical property', added([0x80 | 100, Buffer.alloc(1)])],
    ['has a critical notation', added([0x80 | 20, SALT])],
    ['has two times', added([2, days(0)])],
    ['has a time that is not covered', { unhashed: (usual) => [...usual, [2, days(0)]] }],
    ['names another issuer in what is not covered', { unhashed: () => [[16, Buffer.alloc(8)]] }],
  ])('%s', async (_what, form) => {
    const text = ed25519.clearsigned(TEXT, { ...usualForm, ...form });
    expect(accept(text, usualKey)).toBeUndefined();
  });

  test.each<[string, string]>([
    ['is altered', usualText.replace('3', '4')],
    ['has text before it', `\n${usualText}`],
    ['has text after it', `${usualText}{}\n`],
    ['stands in another text', usualText.replace(TEXT, usualText)],
    ['names another hash', usualText.replace('SHA512', 'SHA256')],
    ['names two hashes', usualText.replace('SHA512', 'SHA512,SHA256')],
    ['has a comment', usualText.replace('SIGNATURE-----\n\n', 'SIGNATURE-----\nComment: x\n\n')],
    ['has carriage returns', usualText.replaceAll('\n', '\r\n')],
    ['is twice there', clearsigned(TEXT, doubled(), 'SHA512')],
    ['covers no white space', ed25519.clearsigned('{ \n}', usualForm)],
    ['covers an escaped line', ed25519.clearsigned('{\n- 5\n}', usualForm)],
    ['covers more than ASCII', ed25519.clearsigned('{\n"ä"\n}', usualForm)],
  ])('%s', async (_what, text) => {
    expect(accept(text, usualKey)).toBeUndefined();
  });
});

function doubled(): Buffer {
  const body = ed25519.signature(Buffer.from(TEXT.replaceAll('\n', '\r\n')), usualForm);
  return Buffer.concat([packet(2, body), packet(2, body)]);
}

describe('a key is left to openpgp that', () => {
  const keyOf = (form: SignatureForm & { readonly user?: string }) =>
    keyBlock(ed25519.keyPackets({ created: seconds, ...form }));

  test.each<[string, string]>([
    ['has expired', keyOf(added([9, days(5)]))],
    ['had expired at the signature', keyOf(added([9, days(1)]))],
    ['may not sign', keyOf({ hashed: (usual) => usual.map((one) => (one[0] === 27 ? [27, Buffer.from([1])] : one)) })],
    ['does not say what it may do', keyOf(without(27))],
    ['certifies itself with SHA-1', keyOf({ hash: 2 })],
    ['certifies itself with a signature that ends', keyOf(added([3, days(1)]))],
    ['certified itself after the signature', keyOf({ created: seconds + 2 * DAY })],
    ['others may revoke', keyOf(added([12, Buffer.alloc(22, 0x80)]))],
    ['is given twice', usualKey + usualKey],
    ['has two users', keyBlock([...ed25519.keyPackets({ created: seconds }), ...keyPart(1, 2)])],
    ['lacks its certification', keyBlock(keyPart(0, 1))],
    ['has another user than it certified', keyBlock([...keyPart(0), packet(13, Buffer.from('Eve')), ...keyPart(2)])],
    ['stands beside one that is', usualKey + keyOf({ hash: 2 })],
  ])('%s', (_what, keys) => {
    expect(accept(usualText, keys)).toBeUndefined();
  });

  test('has more than its user: subkeys, or a revocation', async () => {
    const subkeys = await generate({ userIDs: [{ name: 'Lab' }], curve: 'ed25519Legacy', date: new Date(now - 1000) });
    const text = await createSigner(await readSecretKey(subkeys.privateKey), clock).sign(TEXT);
    expect(accept(text, subkeys.publicKey)).toBeUndefined();
    expect(await verify(text, subkeys.publicKey)).toMatchObject({ payload: TEXT });
    const own = await generateKey({ name: 'Lab', date: new Date(now - 1000), algorithm: 'ed25519' });
    const signed = await createSigner(own, clock).sign(TEXT);
    const key = await readKey({ armoredKey: own.privateKey.reveal() });
    const revoked = await revokeKey({ key: key as never, date: new Date(now) });
    expect(accept(signed, own.publicKey)).toMatchObject({ payload: TEXT });
    expect(accept(signed, revoked.publicKey)).toBeUndefined();
  });

  test('is accepted if it ends later', async () => {
    expect(await expectAgreement(usualText, keyOf(added([9, days(11)])))).toBe(true);
    expect(await expectAgreement(usualText, keyOf(added([9, days(0)])))).toBe(true);
  });
});

function keyPart(...indexes: readonly number[]): readonly Buffer[] {
  const packets = ed25519.keyPackets({ created: seconds });
  return indexes.map((index) => packets[index]!);
}

describe('whatever is accepted, openpgp accepts too', () => {
  const subpacket: fc.Arbitrary<Subpacket> = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(2, 3, 9, 11, 16, 20, 25, 27, 30, 33, 0x82, 0x9b)),
    fc.oneof(
      fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: -2, max: 30 }).map((count) => days(Math.max(0, count))),
      fc.constantFrom(ed25519.fingerprint.subarray(-8), Buffer.concat([Buffer.from([4]), ed25519.fingerprint])),
    ),
  );
  const mostly = <T>(usual: T, others: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
  const form: fc.Arbitrary<SignatureForm> = fc
    .record({
      type: mostly(1, fc.constantFrom(0, 0x10, 0x13, 0x18, 0x20, 0x30)),
      hash: mostly(10 as const, fc.constantFrom(2 as const, 8 as const)),
      days: mostly(1, fc.integer({ min: -1, max: 11 })),
      added: fc.array(subpacket, { maxLength: 2 }),
      unhashed: fc.array(subpacket, { maxLength: 1 }),
      isReversed: fc.boolean(),
      drops: mostly(undefined, fc.constantFrom(2, 33, 27)),
    })
    .map(({ added: more, unhashed, isReversed, drops, days: day, ...rest }) => ({
      ...rest,
      created: seconds + day * DAY,
      hashed: (usual) => {
        const all = [...usual.filter(([type]) => type !== drops), ...more];
        return isReversed ? all.toReversed() : all;
      },
      unhashed: (usual) => [...usual, ...unhashed],
    }));

  test('of correctly signed packets of any form', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(form, fc.option(form, { freq: 2 }), async (ofText, ofKey) => {
        const certification = ofKey === null ? {} : { ...ofKey, type: 0x13 };
        const keys = keyBlock(ed25519.keyPackets({ created: seconds, ...certification }));
        if (await expectAgreement(ed25519.clearsigned(TEXT, ofText), keys)) accepted += 1;
      }),
      { numRuns: 400, examples: [[usualForm, null]] },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  const change = fc.record({
    at: fc.nat({ max: 2000 }),
    how: fc.constantFrom('replace' as const, 'insert' as const, 'remove' as const),
    value: fc.nat({ max: 255 }),
  });
  const changed = (bytes: Buffer, { at, how, value }: { at: number; how: string; value: number }): Buffer => {
    const position = at % bytes.length;
    const rest = bytes.subarray(how === 'insert' ? position : position + 1);
    return Buffer.concat([bytes.subarray(0, position), ...(how === 'remove' ? [] : [Buffer.from([value])]), rest]);
  };

  test('of packets and texts that were damaged', async () => {
    const signature = packet(2, ed25519.signature(Buffer.from(TEXT.replaceAll('\n', '\r\n')), usualForm));
    const key = Buffer.concat(ed25519.keyPackets({ created: seconds }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('text', 'armor', 'signature', 'key'), change, async (where, one) => {
        const damaged = where === 'signature' ? clearsigned(TEXT, changed(signature, one), 'SHA512') : usualText;
        const text = where === 'armor' ? changed(Buffer.from(damaged), one).toString('latin1') : damaged;
        const payload = changed(Buffer.from(TEXT), { ...one, value: 32 + (one.value % 95) }).toString('latin1');
        const keys = where === 'key' ? keyBlock([changed(key, one)]) : usualKey;
        await expectAgreement(where === 'text' ? text.replace(TEXT, () => payload) : text, keys);
      }),
      { numRuns: 600 },
    );
  });
});
