import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { Secret } from '../../kit/index.ts';
import { generateCosignKey } from './cosign-key.ts';
import { passphraseProtection } from './key-protection.ts';
import { KeyRing } from './key-ring.ts';
import { exportSigningKey, generateKey } from './openpgp-key.ts';
import { createSigner } from './openpgp-signer.ts';

const clock = { now: () => Date.parse('2026-12-01T00:00:00Z') };
const date = new Date('2026-01-01T00:00:00Z');
const make = (name: string) => generateKey({ name, date, algorithm: 'ed25519' });
const [one, two, three] = [await make('One'), await make('Two'), await make('Three')];
const TEXT = '{\n"version":3\n}';

let folder: string;
let ring: KeyRing;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'keys');
  ring = new KeyRing({ folder, clock });
});

const states = async () =>
  (await ring.list()).filter(({ use }) => use === 'packages').map(({ fingerprint, state }) => [fingerprint, state]);
const signedBy = async (key: typeof one) => createSigner(key, clock).sign(TEXT);

describe('a ring of keys', () => {
  test('gets a key for packages and one for images at its first filling, and keeps them at the next', async () => {
    await ring.fill(async () => one);
    await new KeyRing({ folder, clock }).fill(async () => two);
    expect(await states()).toEqual([[one.fingerprint, 'signing']]);
    expect((await ring.signer()).fingerprint).toBe(one.fingerprint);
    expect((await new KeyRing({ folder, clock }).imageKey()).id).toBe((await ring.imageKey()).id);
    for (const name of await readdir(folder))
      expect((await stat(join(folder, name))).mode & 0o077, name).toBe(name.endsWith('.pub') ? 0o044 : 0);
    expect((await readFile(join(folder, `${one.fingerprint}.key`), 'utf8')).trim()).toBe(
      exportSigningKey(one).reveal(),
    );
  });

  test('signs with the newest, and accepts what those before signed until they are revoked', async () => {
    await ring.fill(async () => one);
    const old = await signedBy(one);
    await ring.rotate(two);
    expect(await states()).toEqual([
      [two.fingerprint, 'signing'],
      [one.fingerprint, 'accepted'],
    ]);
    const verify = await ring.verifier();
    expect((await verify(old)).fingerprint).toBe(one.fingerprint);
    expect((await verify(await (await ring.signer()).sign(TEXT))).fingerprint).toBe(two.fingerprint);
    expect(await ring.revoke(one.fingerprint.slice(-16))).toBe(one.fingerprint);
    const refusal = { code: 'MIRROR_SIGNATURE_KEY_UNKNOWN' };
    await expect((await ring.verifier())(old)).rejects.toMatchObject(refusal);
    expect(await readdir(folder)).not.toContain(`${one.fingerprint}.key`);
  });

  test('notices what another process does to it', async () => {
    await ring.fill(async () => one);
    expect((await ring.signer()).fingerprint).toBe(one.fingerprint);
    const other = new KeyRing({ folder, clock });
    await other.rotate(two);
    expect((await ring.signer()).fingerprint).toBe(two.fingerprint);
    await other.revoke(one.fingerprint);
    await expect((await ring.verifier())(await signedBy(one))).rejects.toMatchObject({
      code: 'MIRROR_SIGNATURE_KEY_UNKNOWN',
    });
    expect((await ring.knownKeys()).keys.map(({ state }) => state)).toEqual(['signing', 'revoked']);
  });

  test('takes a configured key, keeps only its public half, and goes back to a key of its own', async () => {
    await ring.fill(async () => one);
    const configured = new KeyRing({ folder, clock, configured: two });
    await configured.fill(async () => three);
    expect((await configured.signer()).fingerprint).toBe(two.fingerprint);
    expect(await readdir(folder)).not.toContain(`${two.fingerprint}.key`);
    await expect(configured.refuseConfigured('packages')).rejects.toMatchObject({ code: 'NOTARY_KEY_CONFIGURED' });
    await ring.fill(async () => three);
    expect(await states()).toEqual([
      [three.fingerprint, 'signing'],
      [two.fingerprint, 'accepted'],
      [one.fingerprint, 'accepted'],
    ]);
  });

  test('accepts keys of other mirrors, which sign nothing here', async () => {
    await ring.fill(async () => one);
    await ring.accept(two);
    expect((await (await ring.verifier())(await signedBy(two))).fingerprint).toBe(two.fingerprint);
    await expect(ring.secretKey(two.fingerprint)).rejects.toMatchObject({ code: 'NOTARY_KEY_NOT_KNOWN' });
  });

  test('refuses to revoke the key that signs, keys that it has not, and what was revoked before', async () => {
    await ring.fill(async () => one);
    await expect(ring.revoke(one.fingerprint)).rejects.toMatchObject({ code: 'NOTARY_KEY_SIGNS' });
    await expect(ring.revoke('F'.repeat(40))).rejects.toMatchObject({ code: 'NOTARY_KEY_NOT_KNOWN' });
    await expect(ring.revoke(one.fingerprint.slice(-4))).rejects.toMatchObject({ code: 'NOTARY_KEY_NOT_KNOWN' });
    await ring.rotate(two);
    await ring.revoke(one.fingerprint);
    await expect(ring.accept(one)).rejects.toMatchObject({ code: 'NOTARY_KEY_REVOKED' });
    await expect(ring.rotate(one)).rejects.toMatchObject({ code: 'NOTARY_KEY_REVOKED' });
    const configured = new KeyRing({ folder, clock, configured: one });
    await expect(configured.fill()).rejects.toMatchObject({ code: 'NOTARY_KEY_REVOKED' });
  });

  test('exchanges the key for images, and lists the one before until it is revoked', async () => {
    await ring.fill(async () => one);
    const before = await ring.imageKey();
    await ring.rotateImageKey(generateCosignKey());
    const now = await new KeyRing({ folder, clock }).imageKey();
    expect((await ring.imageKey()).id).toBe(now.id);
    const { keys, imageKey, imageKeys } = await ring.knownKeys();
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([one.fingerprint]);
    expect(imageKey).toBe(now.publicKey);
    expect(imageKeys?.map(({ fingerprint, state }) => [fingerprint, state])).toEqual([
      [now.id, 'signing'],
      [before.id, 'accepted'],
    ]);
    await expect(ring.revoke(now.id)).rejects.toMatchObject({ code: 'NOTARY_KEY_SIGNS' });
    await ring.revoke(before.id);
    expect((await ring.knownKeys()).imageKeys?.map(({ state }) => state)).toEqual(['signing', 'revoked']);
    expect(await readdir(folder)).not.toContain(`${before.id}.key`);
  });

  test('encrypts its keys, those too that were stored in the clear before, and opens them with the same passphrase', async () => {
    expect(await ring.fill(async () => one)).toBe(2);
    const protection = passphraseProtection(new Secret('correct horse'));
    const encrypted = new KeyRing({ folder, clock, protection });
    expect(await encrypted.fill()).toBe(0);
    await encrypted.rotate(two);
    const stored = (await readdir(folder)).filter((name) => name.endsWith('.key'));
    expect(stored).toHaveLength(3);
    for (const name of stored) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).toMatch(/^-----BEGIN SLIPWAY ENCRYPTED KEY-----\n/);
      for (const key of [one, two]) expect(text).not.toContain(exportSigningKey(key).reveal().slice(0, 40));
    }
    const opened = new KeyRing({ folder, clock, protection });
    expect((await opened.signer()).fingerprint).toBe(two.fingerprint);
    expect((await opened.imageKey()).id).toBe((await encrypted.imageKey()).id);
    const wrong = new KeyRing({ folder, clock, protection: passphraseProtection(new Secret('wrong horse')) });
    await expect(wrong.signer()).rejects.toMatchObject({ code: 'NOTARY_PASSWORD_WRONG' });
    await expect(new KeyRing({ folder, clock }).signer()).rejects.toMatchObject({ code: 'NOTARY_KEY_ENCRYPTED' });
    // Public halves need no passphrase.
    expect((await new KeyRing({ folder, clock }).knownKeys()).keys).toHaveLength(2);
  });
});
