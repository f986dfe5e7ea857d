import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectedTerminal } from '../../../../test/support/collected-terminal.ts';
import { tinyLock, tinyTarball } from '../../../../test/support/mirror-package.ts';
import { folderStore, pushEntry } from '../../../mirror/index.ts';
import { exportSigningKey, generateKey } from '../../../notary/index.ts';
import { main } from '../../main.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-migrate-'));
  const lock = tinyLock();
  const store = folderStore(join(cwd, 'mirror'), { durable: false });
  for (const node of [lock.tide, lock.gauge])
    await pushEntry(store, { lock, hash: node.hash, tarball: await tinyTarball(cwd, lock, node) });
});

afterEach(() => rm(cwd, { recursive: true }));

async function slipway(...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const exitCode = await main(words, { env: {}, cwd, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

test('a mirror is migrated to layout v2, signed with a key, and back, which the key verifies', async () => {
  const key = await generateKey({ name: 'Lab', date: new Date(), algorithm: 'ed25519' });
  await writeFile(join(cwd, 'key'), exportSigningKey(key).reveal());
  await writeFile(join(cwd, 'key.pub'), key.publicKey);
  const there = ['mirror', 'migrate', 'mirror', 'old', '--to', 'v2', '--unsigned', '--sign-with', 'key'];
  expect(await slipway(...there)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('tarball shared, signature made'),
  });
  expect(await slipway('mirror', 'verify', 'old', '--keys', 'key.pub')).toMatchObject({ exitCode: 0 });
  expect((await slipway('mirror', 'list', 'old')).stdout).toContain('gauge@2.1 /');
  expect((await slipway('mirror', 'keys', 'old')).stdout).toContain('BEGIN PGP PUBLIC KEY');
  const back = await slipway('mirror', 'migrate', 'old', 'new', '--keys', 'key.pub', '--sign-with', 'key', '--json');
  expect(JSON.parse(back.stdout)).toMatchObject({ ok: true, layout: 'v3', entries: [{ signature: 'made' }, {}] });
  expect(await slipway('mirror', 'verify', 'new', '--keys', 'key.pub')).toMatchObject({ exitCode: 0 });
});

test('a mirror of layout 0 is not taken for an empty one, and is taken over', async () => {
  const old = fileURLToPath(new URL('../../../../test/fixtures/mirror-0.16', import.meta.url));
  for (const command of ['list', 'verify', 'du'])
    expect((await slipway('mirror', command, old)).stderr).toContain('[MIRROR_LAYOUT_OLDEST]');
  const { exitCode, stdout } = await slipway('mirror', 'migrate', old, 'new', '--keys', join(old, 'key.pub'));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^tide-1\.0-\w{32} \(was \/t7rvh6ocmoxenzlqk7r6x5ynvcidfgi6\): tarball sent, signature lost$/m,
  );
  expect((await slipway('mirror', 'search', 'new', 'gauge%gcc@12 ^tide@1')).stdout).toContain('gauge@2.1 /');
});

test('one folder can have both layouts, and lost signatures are reported', async () => {
  expect(await slipway('mirror', 'migrate', 'mirror', 'mirror', '--to', 'v2', '--unsigned')).toMatchObject({
    exitCode: 0,
  });
  await cp(join(cwd, 'mirror/build_cache'), join(cwd, 'only-old/build_cache'), { recursive: true });
  expect((await slipway('mirror', 'migrate', 'only-old', 'new', '--unsigned')).stderr).toContain(
    '2 entries are on new',
  );
});

test('a tarball of layout v2 with other bytes is found', async () => {
  await slipway('mirror', 'migrate', 'mirror', 'old', '--to', 'v2', '--unsigned');
  const files = await readdir(join(cwd, 'old'), { recursive: true });
  await writeFile(
    join(
      cwd,
      'old',
      files.find((file) => file.endsWith('.spack'))!,
    ),
    'other bytes',
  );
  await rm(
    join(
      cwd,
      'old',
      files.find((file) => file.endsWith('index.json.hash'))!,
    ),
  );
  const { exitCode, stdout } = await slipway('mirror', 'verify', 'old', '--unsigned');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('tarball-damaged');
  await writeFile(join(cwd, 'old/build_cache/index.json.hash'), '0'.repeat(64));
  expect((await slipway('mirror', 'verify', 'old', '--unsigned')).stdout).toContain('index-unreadable');
});

test('entries without a signature are refused without `--unsigned`, with exit status 1', async () => {
  const { exitCode, stdout, stderr } = await slipway('mirror', 'migrate', 'mirror', 'new');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('MIRROR_SIGNATURE_MISSING');
  expect(stderr).toContain('[MIRROR_MIGRATE_REFUSED]');
  expect(await slipway('mirror', 'migrate', 'mirror', 'new', '--to', 'v9')).toMatchObject({ exitCode: 2 });
});
