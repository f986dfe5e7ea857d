import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { builderName } from './builder-name.ts';

test('a stack with recipes is built by them, any other by Spack, unless SLIPWAY_BUILDER is set', async () => {
  const folder = await temporaryFolder();
  expect(builderName(folder, {})).toBe('spack');
  await mkdir(join(folder, 'recipes/packages'), { recursive: true });
  expect(builderName(folder, {})).toBe('spack');
  await writeFile(join(folder, 'recipes/zoo.yaml'), 'name: zoo\n');
  expect(builderName(folder, {})).toBe('recipes');
  expect(builderName(folder, { SLIPWAY_BUILDER: 'spack' })).toBe('spack');
  expect(() => builderName(folder, { SLIPWAY_BUILDER: 'make' })).toThrow(
    'SLIPWAY_BUILDER names the unknown builder `make`.',
  );
});
