import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { ownerOnlyFile, ownerOnlyFolder } from './owner-only.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('new folders and files are closed to others, and those of an earlier version become so', async () => {
  const root = await temporaryFolder();
  mkdirSync(join(root, 'old'));
  writeFileSync(join(root, 'old', 'file'), 'kept');
  chmodSync(join(root, 'old'), 0o755);
  chmodSync(join(root, 'old', 'file'), 0o644);
  for (const name of ['old', 'new']) {
    ownerOnlyFolder(join(root, name));
    ownerOnlyFile(join(root, name, 'file'));
    expect([modeOf(join(root, name)), modeOf(join(root, name, 'file'))]).toEqual(['700', '600']);
  }
  expect(statSync(join(root, 'old', 'file')).size).toBe(4);
});
