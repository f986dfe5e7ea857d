import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createSigner,
  createVerifier,
  exportSigningKey,
  generateKey,
  readSecretKey,
  type SecretKey,
} from '../../src/notary/index.ts';
import { clearsignedAcceptor } from '../../src/openpgp/index.ts';
import { formatManifest } from '../../src/spack/index.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';

const gpg = findPart('gpg');
const run = promisify(execFile);

const record = {
  mediaType: 'application/vnd.spack.install.v2.tar+gzip',
  compression: 'gzip',
  checksumAlgorithm: 'sha256',
} as const;
const TEXT = formatManifest({
  version: 3,
  data: [{ ...record, contentLength: 7, checksum: 'ab'.repeat(32), diffId: `sha256:${'cd'.repeat(32)}` }],
});

/** A keyring of its own, and gpg on it. */
async function keyring() {
  const home = join(await temporaryFolder(), 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const call = (...options: string[]) =>
    run(gpg!, ['--homedir', home, '--batch', '--no-tty', ...options], { env: { ...process.env, LC_ALL: 'C' } });
  onTestFinished(async () => void (await run('gpgconf', ['--homedir', home, '--kill', 'all']).catch(() => undefined)));
  return { home, gpg: call };
}

describe.skipIf(gpg === undefined)('GnuPG', () => {
  test.each(['rsa4096', 'ed25519'] as const)(
    'verifies what our %s key signed, and reads the exported key',
    async (algorithm) => {
      const key = await generateKey({
        name: 'Lab',
        email: 'lab@example.invalid',
        date: new Date(Date.now() - 60_000),
        algorithm,
      });
      const { home, gpg: call } = await keyring();
      await writeFile(join(home, 'key.pub'), key.publicKey);
      await call('--import', join(home, 'key.pub'));
      const file = join(home, 'manifest.json');
      await writeFile(file, await createSigner(key).sign(TEXT));
      const { stderr } = await call('--verify', file);
      expect(stderr).toContain('Good signature from "Lab <lab@example.invalid>"');
      expect((await call('--decrypt', file)).stdout.trimEnd()).toBe(TEXT);
      await writeFile(file, (await readFile(file, 'utf8')).replace('"contentLength":7', '"contentLength":8'));
      await expect(call('--verify', file)).rejects.toMatchObject({ stderr: expect.stringContaining('BAD signature') });
    },
  );

  test('signs with a key that we exported as SPACK_SIGNING_KEY, and we verify it', async () => {
    const { home, gpg: call } = await keyring();
    const key = await generateKey({ name: 'Lab', date: new Date(Date.now() - 60_000), algorithm: 'ed25519' });
    await writeFile(join(home, 'key'), Buffer.from(exportSigningKey(key).reveal(), 'base64'));
    await call('--import', join(home, 'key'));
    const text = await expectGpgSignature({ home, call, key });
    expect(clearsignedAcceptor(key.publicKey)(text, Date.now())).toMatchObject({ payload: TEXT });
  });

  // As Spack makes its keys, and with the other algorithm and an end.
  test.each([
    ['rsa2048', 'never'],
    ['ed25519', '1y'],
  ])('makes an %s key that ends %s, and jobs accept what it signed without OpenPGP.js', async (algorithm, end) => {
    const { home, gpg: call } = await keyring();
    await call('--passphrase', '', '--quick-generate-key', 'Theirs <theirs@example.invalid>', algorithm, 'sign', end);
    const publicKey = (await call('--armor', '--export')).stdout;
    const secret = (await call('--armor', '--export-secret-keys')).stdout;
    const key = await readSecretKey(Buffer.from(publicKey + secret).toString('base64'));
    const text = await expectGpgSignature({ home, call, key });
    const accept = clearsignedAcceptor(publicKey);
    expect(accept(text, Date.now())).toEqual({ payload: TEXT, fingerprint: key.fingerprint });
    expect(accept(text.replace('"contentLength":7', '"contentLength":8'), Date.now())).toBeUndefined();
  });

  test('makes a key that we read as SPACK_SIGNING_KEY, with subkeys, and both accept each other', async () => {
    const { home, gpg: call } = await keyring();
    await call(
      '--passphrase',
      '',
      '--quick-generate-key',
      'Theirs <theirs@example.invalid>',
      'default',
      'default',
      'never',
    );
    const publicKey = (await call('--armor', '--export')).stdout;
    const secret = (await call('--armor', '--export-secret-keys')).stdout;
    const key = await readSecretKey(Buffer.from(publicKey + secret).toString('base64'));
    const text = await expectGpgSignature({ home, call, key });
    expect(clearsignedAcceptor(publicKey)(text, Date.now())).toBeUndefined();
    const file = join(home, 'ours.json');
    await writeFile(file, await createSigner(key).sign(TEXT));
    expect((await call('--verify', file)).stderr).toContain('Good signature');
  });
});

type Call = (...options: string[]) => Promise<{ stdout: string; stderr: string }>;

/** As Spack calls it; returns the signed text. */
async function expectGpgSignature({ home, call, key }: { home: string; call: Call; key: SecretKey }): Promise<string> {
  const file = join(home, 'theirs.json');
  await writeFile(file, TEXT);
  await call(
    '--passphrase',
    '',
    '--pinentry-mode',
    'loopback',
    '--armor',
    '--local-user',
    key.fingerprint,
    '--output',
    `${file}.sig`,
    '--clearsign',
    file,
  );
  const text = await readFile(`${file}.sig`, 'utf8');
  expect(await createVerifier(key.publicKey)(text)).toEqual({ payload: TEXT, fingerprint: key.fingerprint });
  return text;
}
