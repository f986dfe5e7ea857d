import { expect, test } from 'vitest';
import { inspect } from 'node:util';
import { exportSigningKey, generateKey, readPublicKeys, readSecretKey } from './openpgp-key.ts';

const date = new Date('2026-01-01T00:00:00Z');
const key = await generateKey({ name: 'Lab', email: 'lab@example.invalid', date, algorithm: 'ed25519' });

test('a key survives its export as SPACK_SIGNING_KEY, which is one line of public and secret block', async () => {
  const line = exportSigningKey(key).reveal();
  expect(line).toMatch(/^[A-Za-z0-9+/=]+$/);
  const text = Buffer.from(line, 'base64').toString();
  expect(text.indexOf('BEGIN PGP PUBLIC KEY BLOCK')).toBeLessThan(text.indexOf('BEGIN PGP PRIVATE KEY BLOCK'));
  expect((await readSecretKey(`${line}\n`)).fingerprint).toBe(key.fingerprint);
  expect((await readSecretKey(text)).fingerprint).toBe(key.fingerprint);
});

test('a secret key never prints its secret', () => {
  expect(key.fingerprint).toMatch(/^[0-9A-F]{40}$/);
  expect(inspect(key, { depth: 9 }) + JSON.stringify(key)).not.toContain('PRIVATE');
});

test('by default a key is RSA, which every gpg reads', async () => {
  const rsa = await generateKey({ name: 'Lab', date });
  expect((await readPublicKeys(rsa.publicKey))[0]?.publicKey.length).toBeGreaterThan(1500);
  // Algorithm 1 in a packet of version 4 (RFC 9580, 5.5.2); the first packet's header has three bytes.
  const packet = Buffer.from(rsa.publicKey.split('\n\n')[1]!.split('\n=')[0]!, 'base64');
  expect([packet[3], packet[8]]).toEqual([4, 1]);
});

test('several public keys are read from one text', async () => {
  const other = await generateKey({ name: 'Other', date, algorithm: 'ed25519' });
  const keys = await readPublicKeys(`# trusted\n${key.publicKey}\n${other.publicKey}`);
  expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([key.fingerprint, other.fingerprint]);
  expect(keys[0]?.publicKey).toBe(key.publicKey);
});

test.each([
  '',
  'nonsense',
  key.publicKey,
  `${key.privateKey.reveal()}${key.privateKey.reveal()}`,
  key.privateKey.reveal().replace(/\n[A-Za-z0-9+/]{40}/, '\n'),
])('what is no single secret key is refused (%#)', async (text) => {
  await expect(readSecretKey(text)).rejects.toMatchObject({ code: 'NOTARY_KEY_UNREADABLE' });
});

test('a text without a public key is refused, but no text is no key', async () => {
  await expect(readPublicKeys('nonsense')).rejects.toMatchObject({ code: 'NOTARY_KEY_UNREADABLE' });
  expect(await readPublicKeys('')).toEqual([]);
});
