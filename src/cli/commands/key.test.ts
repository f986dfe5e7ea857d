import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { KeyRing, generateCosignKey, readCosignKey } from '../../notary/index.ts';
import { main } from '../main.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-key-'));
});

afterEach(() => rm(cwd, { recursive: true }));

async function slipway(...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const exitCode = await main(words, { env: {}, cwd, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

const create = (file: string) => slipway('key', 'create', '--algorithm', 'ed25519', '--output', file, '--json');

test('a new key goes to a file that only its owner reads, and its public half is printed on request', async () => {
  const { exitCode, stdout } = await create('new-key');
  const { fingerprint } = JSON.parse(stdout) as { fingerprint: string };
  expect(exitCode).toBe(0);
  expect(fingerprint).toMatch(/^[0-9A-F]{40}$/);
  expect((await stat(join(cwd, 'new-key'))).mode & 0o777).toBe(0o600);
  const exported = await slipway('key', 'export', 'new-key');
  expect(exported.stdout).toMatch(
    /^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\s\S]*-----END PGP PUBLIC KEY BLOCK-----\n$/,
  );
  expect(exported.stdout).not.toContain('PRIVATE');
});

test('a key that is there already is never overwritten', async () => {
  await writeFile(join(cwd, 'old-key'), 'precious');
  expect(await create('old-key')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('FILE_EXISTS'),
  });
  expect(await readFile(join(cwd, 'old-key'), 'utf8')).toBe('precious');
});

test('an imported key is the same key', async () => {
  const made = JSON.parse((await create('one')).stdout) as { fingerprint: string };
  const { stdout } = await slipway('key', 'import', 'one', '--output', 'two', '--json');
  expect(JSON.parse(stdout)).toEqual({ fingerprint: made.fingerprint, file: 'two' });
  expect((await slipway('key', 'export', 'two')).stdout).toBe((await slipway('key', 'export', 'one')).stdout);
});

test('a file without a key is refused, and nothing is written', async () => {
  await writeFile(join(cwd, 'no-key'), 'hello');
  const { exitCode, stderr } = await slipway('key', 'import', 'no-key', '--output', 'two');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/\[NOTARY_\w+\]/);
  await expect(stat(join(cwd, 'two'))).rejects.toThrow('ENOENT');
});

test('a file that is not there is named', async () => {
  expect(await slipway('key', 'export', 'nowhere')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('`nowhere` cannot be read'),
  });
});

test.each([[], ['--json'], ['--to', 'pair']])('exporting is an error where there is no key: %s', async (...words) => {
  expect(await slipway('key', 'export', ...words)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('[NOTARY_KEYS_NONE]'),
  });
});

test('a key for images is one that cosign reads, and its public half is printed', async () => {
  const made = await slipway('key', 'create', '--cosign', '--output', 'cosign.key');
  const read = readCosignKey(await readFile(join(cwd, 'cosign.key'), 'utf8'), '');
  expect(made).toMatchObject({ exitCode: 0, stdout: read.publicKey });
  expect((await stat(join(cwd, 'cosign.key'))).mode & 0o777).toBe(0o600);
  const ring = new KeyRing({ folder: join(cwd, 'slipway-data/notary/keys') });
  await ring.rotateImageKey(read);
  expect((await slipway('key', 'export', '--images')).stdout).toBe(read.publicKey);
});

test('the key for images is exchanged, and the one before stays valid until it is revoked', async () => {
  const ring = new KeyRing({ folder: join(cwd, 'slipway-data/notary/keys') });
  await ring.rotateImageKey(generateCosignKey());
  const before = await ring.imageKey();
  const { signing } = JSON.parse((await slipway('key', 'rotate', '--images', '--json')).stdout) as { signing: string };
  const now = await new KeyRing({ folder: join(cwd, 'slipway-data/notary/keys') }).imageKey();
  expect(now.id).toBe(signing);
  expect((await slipway('key', 'export', '--images')).stdout).toBe(now.publicKey + before.publicKey);
  expect(await slipway('key', 'revoke', signing, '--yes')).toMatchObject({
    stderr: expect.stringContaining('NOTARY_KEY_SIGNS'),
  });
  expect(await slipway('key', 'revoke', before.id, '--yes')).toMatchObject({ exitCode: 0 });
  expect((await slipway('key', 'export', '--images')).stdout).toBe(now.publicKey);
});

test('keys that are encrypted are opened with the passphrase that the configuration names', async () => {
  const keyProtection = { passphrase: { file: 'passphrase' } };
  await writeFile(join(cwd, 'passphrase'), 'correct horse battery staple');
  await writeFile(join(cwd, 'slipway.server.yaml'), JSON.stringify({ keyProtection, stacks: [] }));
  await create('new-key');
  expect(await slipway('key', 'rotate', 'new-key')).toMatchObject({ exitCode: 0 });
  const folder = join(cwd, 'slipway-data/notary/keys');
  const secret = (await readdir(folder)).filter((name) => name.endsWith('.key'));
  for (const name of secret)
    expect(await readFile(join(folder, name), 'utf8')).toMatch(/^-----BEGIN SLIPWAY ENCRYPTED KEY/);
  expect(await slipway('key', 'export', '--to', 'pair')).toMatchObject({ exitCode: 0 });
  await writeFile(join(cwd, 'slipway.server.yaml'), JSON.stringify({ stacks: [] }));
  expect(await slipway('key', 'export', '--to', 'other')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('NOTARY_KEY_ENCRYPTED'),
  });
});
