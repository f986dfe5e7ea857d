import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scopeDigest } from './path-state.ts';

let scope = '';
beforeEach(async () => {
  scope = await mkdtemp(join(tmpdir(), 'slipway-scope-'));
});
afterEach(() => rm(scope, { recursive: true }));

async function write(file: string): Promise<void> {
  await mkdir(dirname(join(scope, file)), { recursive: true });
  await writeFile(join(scope, file), 'config: {}\n');
}

test('a scope is its configuration, without the data that Spack keeps beside it', async () => {
  await write('config.yaml');
  const before = await scopeDigest(scope);
  for (const file of ['cache/a.lock', 'package_repos/x/repo.yaml', 'bootstrap/store/x.py', 'x.py']) await write(file);
  expect(await scopeDigest(scope)).toBe(before);
  await write('linux/packages.yaml');
  expect(await scopeDigest(scope)).not.toBe(before);
  expect(await scopeDigest(join(scope, 'none'))).toBe('absent');
});
