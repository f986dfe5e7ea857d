import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { builderName, jobBuilder } from './job-builder.ts';

test('a stack with recipes of ours is built by them, any other by Spack, and SLIPWAY_BUILDER says it above that', async () => {
  const folder = await temporaryFolder();
  expect(builderName(folder, {})).toBe('spack');
  await mkdir(join(folder, 'recipes/packages'), { recursive: true });
  expect(builderName(folder, {})).toBe('spack');
  await writeFile(join(folder, 'recipes/zoo.yaml'), 'name: zoo\n');
  expect(builderName(folder, {})).toBe('recipes');
  expect(builderName(folder, { SLIPWAY_BUILDER: 'spack' })).toBe('spack');
  expect(() => builderName(folder, { SLIPWAY_BUILDER: 'make' })).toThrow('SLIPWAY_BUILDER is `make`');
});

test('what a builder keeps lies in a folder that only its user may open', async () => {
  const home = await temporaryFolder();
  const { terminal } = collectedTerminal();
  const builder = jobBuilder(home, { env: { HOME: home }, terminal, signal: new AbortController().signal });
  await builder.inputs({} as Parameters<typeof builder.inputs>[0]).catch(() => undefined);
  expect((await stat(join(home, '.cache/slipway'))).mode & 0o777).toBe(0o700);
});
