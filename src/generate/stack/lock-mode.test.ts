import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { lockMode } from './lock-mode.ts';

const modeOf = async (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'repository/.git'), { recursive: true });
  await mkdir(join(folder, 'repository/stacks/one'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return lockMode(join(folder, 'repository/stacks/one'), env);
};

test.each([
  [{}, 'fresh'],
  [{ 'repository/slipway.yaml': 'images: []\n' }, 'fresh'],
  [{ 'repository/slipway.yaml': 'lock: reuse\nforks: run\n' }, 'reuse'],
  [{ 'repository/slipway.yaml': 'lock: fresh\n', 'repository/stacks/one/slipway.yaml': 'lock: reuse\n' }, 'reuse'],
  [{ 'slipway.yaml': 'lock: reuse\n' }, 'fresh'],
  [{ 'repository/slipway.yaml': 'lock: { from: reuse, jobs: 4 }\n' }, 'reuse'],
  [{ 'repository/slipway.yaml': 'lock: { jobs: 4 }\n' }, 'fresh'],
])('of %j is %s: the nearest file of the repository counts', async (files, mode) => {
  expect(await modeOf(files)).toBe(mode);
});

test('of a stack of recipes is fresh, and another word is refused', async () => {
  const files = { 'repository/slipway.yaml': 'lock: reuse\n' };
  expect(await modeOf(files, { SLIPWAY_BUILDER: 'recipes' })).toBe('fresh');
  await expect(modeOf({ 'repository/slipway.yaml': 'lock: always\n' })).rejects.toThrow('slipway.yaml');
});
