import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey as generate, readKey, revokeKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { folderStore, listEntries } from '../../mirror/index.ts';
import { signedPayload } from '../../spack/index.ts';
import { exportSigningKey, generateKey, readSecretKey } from './openpgp-key.ts';
import { createSigner } from './openpgp-signer.ts';
import { createVerifier } from './verifier.ts';

const fixture = join(import.meta.dirname, '../../../test/fixtures/mirror');
const clock = { now: () => Date.parse('2026-12-01T00:00:00Z') };
const date = new Date('2026-01-01T00:00:00Z');
const TEXT = '{\n"version":3,\n"data":[\n]\n}';

const key = await generateKey({ name: 'Lab', date, algorithm: 'ed25519' });
const signer = createSigner(key, clock);
const verify = createVerifier(key.publicKey, { clock });
const signed = await signer.sign(TEXT);

describe('a signature', () => {
  test('has the form that Spack reads: one hash, the text as it is, one newline', () => {
    expect(
      signed.startsWith(`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${TEXT}\n-----BEGIN PGP SIGNATURE-----\n`),
    ).toBe(true);
    expect(signed).not.toContain('\r');
    // Spack's own pattern, as documented.
    const pattern = /^-----BEGIN PGP SIGNED MESSAGE-----\s+Hash:\s+[^\s]+\s+([\s\S]+)-----BEGIN PGP SIGNATURE-----/;
    expect(JSON.parse(pattern.exec(signed)![1]!)).toEqual({ version: 3, data: [] });
  });

  test('verifies, and gives back the text and the key', async () => {
    expect(await verify(signed)).toEqual({ payload: TEXT, fingerprint: key.fingerprint });
  });

  test('survives the way through SPACK_SIGNING_KEY', async () => {
    const again = createSigner(await readSecretKey(exportSigningKey(key).reveal()), clock);
    expect((await verify(await again.sign(TEXT))).payload).toBe(TEXT);
  });

  test.each([
    ['a line that gpg would cut', `"${'x'.repeat(19_001)}"`, 1],
    ['a line that begins with a dash', '{\n-5\n}', 2],
    ['a line that gpg would escape', 'From here', 1],
    ['white space at the end of a line', '{ \n}', 1],
    ['a carriage return', '{\r\n}', 1],
    ['a newline at the end', '{}\n', 2],
    ['no text', '', 1],
  ])('is not made over %s', async (_what, text, line) => {
    await expect(signer.sign(text)).rejects.toMatchObject({ code: 'NOTARY_TEXT_UNSIGNABLE', details: { line } });
  });

  test('is not made with a key that has ended', async () => {
    const ended = await endedKey();
    await expect(createSigner(await readSecretKey(ended.privateKey), clock).sign(TEXT)).rejects.toMatchObject({
      code: 'NOTARY_SIGNING_FAILED',
    });
  });
});

describe('the verifier', () => {
  test('accepts all that Spack and gpg signed with the trusted key', async () => {
    const verifySpack = createVerifier(await readFile(join(fixture, 'test-key.pub'), 'utf8'), { clock });
    const store = folderStore(fixture);
    const entries = await gather(listEntries(store));
    expect(entries).toHaveLength(11);
    for (const entry of entries) {
      const text = (await store.get(entry.key))!.toString();
      expect(await verifySpack(text)).toEqual({
        payload: signedPayload(text),
        fingerprint: '6C9402B68960BDB6C7934ED45D6EC9FFEF68032D',
      });
    }
  });

  test.each([
    ['an altered text', signed.replace('3', '4'), 'INVALID'],
    ['an added line', signed.replace('"version"', '"more":1,\n"version"'), 'INVALID'],
    [
      'an altered signature',
      signed.replace(
        /\n([A-Za-z0-9+/]{20})([a-zA-Z])/,
        (_all, start: string, last: string) => `\n${start}${last === 'A' ? 'B' : 'A'}`,
      ),
      /INVALID|MALFORMED/,
    ],
    ['text before', `{}\n${signed}`, 'MALFORMED'],
    ['a blank line before', `\n${signed}`, 'MALFORMED'],
    ['text after', `${signed}{}\n`, 'MALFORMED'],
    ['two messages', signed + signed, 'MALFORMED'],
    ['a message in a message', signed.replace(TEXT, signed), 'MALFORMED'],
    ['no hash header', signed.replace('Hash: SHA512\n', ''), 'MALFORMED'],
    ['two hash headers', signed.replace('Hash: SHA512\n', 'Hash: SHA512\nHash: SHA256\n'), 'MALFORMED'],
    ['another header', signed.replace('Hash: SHA512\n', 'Comment: {"version":3}\n'), 'MALFORMED'],
    ['no signature block', signed.slice(0, signed.indexOf('-----BEGIN PGP SIGNATURE')), 'MALFORMED'],
    ['an unsigned text', TEXT, 'MALFORMED'],
  ])('refuses %s', async (_what, text, fault) => {
    const code = typeof fault === 'string' ? `MIRROR_SIGNATURE_${fault}` : expect.stringMatching(fault);
    await expect(verify(text)).rejects.toMatchObject({ code });
  });

  test('refuses a key that is not trusted, and everything if none is', async () => {
    const other = await generateKey({ name: 'Lab', date, algorithm: 'ed25519' });
    const refusal = { code: 'MIRROR_SIGNATURE_KEY_UNKNOWN', details: { key: key.fingerprint.slice(-16) } };
    await expect(createVerifier(other.publicKey, { clock })(signed)).rejects.toMatchObject(refusal);
    await expect(createVerifier('', { clock })(signed)).rejects.toMatchObject(refusal);
  });

  test('accepts several keys, for a change of keys with overlap', async () => {
    const other = await generateKey({ name: 'Next', date, algorithm: 'ed25519' });
    const both = createVerifier([other.publicKey, key.publicKey], { clock });
    expect((await both(signed)).fingerprint).toBe(key.fingerprint);
    expect((await both(await createSigner(other, clock).sign(TEXT))).fingerprint).toBe(other.fingerprint);
  });

  test('refuses a key that has expired since, and one that was revoked', async () => {
    const ended = await endedKey();
    const before = { now: () => date.getTime() + 1000 };
    const text = await createSigner(await readSecretKey(ended.privateKey), before).sign(TEXT);
    expect((await createVerifier(ended.publicKey, { clock: before })(text)).payload).toBe(TEXT);
    await expect(createVerifier(ended.publicKey, { clock })(text)).rejects.toMatchObject({
      code: 'MIRROR_SIGNATURE_KEY_EXPIRED',
    });
    const revoked = await revokeKey({ key: (await readKey({ armoredKey: ended.privateKey })) as never, date });
    await expect(createVerifier(revoked.publicKey, { clock: before })(text)).rejects.toMatchObject({
      code: 'MIRROR_SIGNATURE_KEY_EXPIRED',
    });
  });

  test('refuses a signature from the future, but for an hour', async () => {
    const at = (hours: number) =>
      createVerifier(key.publicKey, { clock: { now: () => clock.now() - hours * 3_600_000 } });
    expect((await at(0.9)(signed)).payload).toBe(TEXT);
    await expect(at(2)(signed)).rejects.toMatchObject({ code: 'MIRROR_SIGNATURE_INVALID' });
  });
});

async function endedKey(): Promise<{ privateKey: string; publicKey: string }> {
  const userIDs = [{ name: 'Ended' }];
  return generate({ type: 'ecc', curve: 'ed25519Legacy', userIDs, date, keyExpirationTime: 86_400, subkeys: [] });
}
