import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { findPart } from '../../../test/support/part.ts';
import { generateCosignKey, generateKey, readPublicKeys, KeyRing } from '../../notary/index.ts';
import { runProgram } from '../../kit/index.ts';
import { openImageKey, openProtection, openSigningKey } from './open-keys.ts';

const openssl = findPart('openssl');
const gpg = findPart('gpg');
const env = { PATH: process.env.PATH };

let base: string;
beforeEach(async () => {
  base = await temporaryFolder();
});

describe('the passphrase of keys', () => {
  test('is a credential of systemd, a file, or a variable', async () => {
    const credentials = join(base, 'credentials');
    await mkdir(credentials);
    await writeFile(join(credentials, 'passphrase'), 'correct horse\n');
    const place = { base, env: { ...env, CREDENTIALS_DIRECTORY: credentials, PHRASE: 'correct horse' } };
    const [first, ...others] = await Promise.all([
      openProtection({ passphrase: { credential: 'passphrase' } }, place),
      openProtection({ passphrase: { file: 'credentials/passphrase' } }, place),
      openProtection({ passphrase: { env: 'PHRASE' } }, place),
    ]);
    const stored = await first!.encrypt(Buffer.from('key'));
    expect(stored.toString()).not.toContain('key:');
    for (const one of others) expect((await one!.decrypt(stored)).toString()).toBe('key');
    await expect(openProtection({ passphrase: { credential: 'passphrase' } }, { base, env })).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: expect.stringContaining('CREDENTIALS_DIRECTORY is not set') as string,
    });
  });
});

describe.skipIf(openssl === undefined)('commands', () => {
  test('encrypt and decrypt the keys of a ring, as those of a key management service do', async () => {
    await writeFile(join(base, 'master'), 'of the service');
    const cipher = `openssl enc -aes-256-cbc -pbkdf2 -pass file:${join(base, 'master')}`;
    const source = { encryptCommand: ['sh', '-c', cipher], decryptCommand: ['sh', '-c', `${cipher} -d`] };
    const folder = join(base, 'keys');
    const protection = await openProtection(source, { base, env });
    const key = await generateKey({ name: 'One', date: new Date(), algorithm: 'ed25519' });
    await new KeyRing({ folder, protection }).fill(async () => key);
    expect((await new KeyRing({ folder, protection }).signer()).fingerprint).toBe(key.fingerprint);
    await writeFile(join(base, 'master'), 'of another service');
    await expect(new KeyRing({ folder, protection }).signer()).rejects.toMatchObject({
      code: 'NOTARY_COMMAND_FAILED',
    });
  });

  test('sign images with a key that this process does not have; a wrong signature is not used', async () => {
    const [key, other] = [generateCosignKey(), generateCosignKey()];
    await writeFile(join(base, 'key.pem'), key.privateKey.reveal());
    await writeFile(join(base, 'key.pub'), key.publicKey);
    await writeFile(join(base, 'other.pem'), other.privateKey.reveal());
    const command = (file: string) => ['openssl', 'dgst', '-sha256', '-sign', join(base, file)];
    const open = (file: string) => openImageKey({ signCommand: command(file), publicKey: 'key.pub' }, { base, env });
    const signer = await open('key.pem');
    expect(signer?.id).toBe(key.id);
    expect(await signer?.sign('payload')).toMatch(/^[A-Za-z0-9+/]+=*$/);
    await expect((await open('other.pem'))?.sign('payload')).rejects.toMatchObject({
      code: 'NOTARY_SIGNATURE_UNEQUAL',
    });
    await expect((await open('nowhere.pem'))?.sign('payload')).rejects.toMatchObject({ code: 'NOTARY_COMMAND_FAILED' });
  });
});

test.skipIf(gpg === undefined)('gpg signs packages, with a key that stays in gpg-agent', async () => {
  const home = join(base, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpgEnv = { ...env, GNUPGHOME: home };
  const words = [
    '--batch',
    '--passphrase',
    '',
    '--quick-generate-key',
    'Lab <lab@localhost>',
    'ed25519',
    'sign',
    'never',
  ];
  await runProgram('gpg', words, { env: gpgEnv });
  const publicKey = (await runProgram('gpg', ['--armor', '--export'], { env: gpgEnv })).text;
  await writeFile(join(base, 'lab.asc'), publicKey);
  const [{ fingerprint } = { fingerprint: '' }] = await readPublicKeys(publicKey);
  const signCommand = ['gpg', '--batch', '--digest-algo', 'SHA512', '--local-user', fingerprint, '--clearsign'];
  const given = await openSigningKey({ signCommand, publicKey: 'lab.asc' }, { base, env: gpgEnv });
  const folder = join(base, 'keys');
  const ring = new KeyRing({ folder, configured: given });
  await ring.fill();
  const signer = await ring.signer();
  const text = '{\n"version":3\n}';
  const signed = await signer.sign(text);
  expect(await (await ring.verifier())(signed)).toMatchObject({ payload: text, fingerprint });
  await expect(readFile(join(folder, `${fingerprint}.key`))).rejects.toMatchObject({ code: 'ENOENT' });
  await runProgram('gpgconf', ['--kill', 'gpg-agent'], { env: gpgEnv });
});
