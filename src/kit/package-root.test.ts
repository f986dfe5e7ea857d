import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { packageFolders } from './package-root.ts';

test('a package is found with what it depends on, wherever that was installed', async () => {
  const folder = await temporaryFolder();
  const [checkout, shared] = [join(folder, 'checkout'), join(folder, 'shared')];
  for (const path of [checkout, shared]) mkdirSync(path);
  expect(packageFolders(checkout)).toEqual([checkout]);
  symlinkSync(shared, join(checkout, 'node_modules'));
  expect(packageFolders(checkout)).toEqual([checkout, shared]);
  const stored = join(folder, 'site/node_modules/.pnpm/slipway@1.0.0/node_modules/slipway');
  expect(packageFolders(stored)).toEqual([join(folder, 'site/node_modules')]);
});
