import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { isolatedEnvironment } from './isolated-environment.ts';

let folder: string;
let stack: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  stack = join(folder, 'stack');
  await mkdir(stack);
});

describe('isolatedEnvironment', () => {
  test.each([
    ['of one line', 'spack: { view: /srv/views, config: { build_stage: [/srv/stage], build_jobs: 2 } }\n'],
    [
      'that overrides scopes',
      'spack:\n  view:: { a: { root: /b } }\n  config::\n    build_stage:: /srv\n    build_jobs: 2\n',
    ],
    [
      'with an alias',
      'common: &common { build_stage: /srv, build_jobs: 2 }\nspack: { view: true, config: *common, concretizer: {} }\n',
    ],
    ['of an old name', 'env:\n  view: true\n  config: { build_jobs: 2 }\n'],
  ])('replaces views and folders of an environment %s', async (_case, text) => {
    await writeFile(join(stack, 'spack.yaml'), text);
    const copy = await isolatedEnvironment(stack, join(folder, 'view'), { config: { build_stage: ['/job'] } });
    const made = parse(await readFile(join(copy, 'spack.yaml'), 'utf8')) as Record<string, Record<string, unknown>>;
    const { view, config, 'config:': over = config } = made['spack'] ?? made['env'] ?? {};
    expect([view, over]).toEqual([false, { build_jobs: 2, 'build_stage:': ['/job'] }]);
    expect(await readFile(join(stack, 'spack.yaml'), 'utf8')).toBe(text);
  });

  test('takes an environment without any section', async () => {
    await writeFile(join(stack, 'spack.yaml'), 'spack:\n');
    const copy = await isolatedEnvironment(stack, join(folder, 'view'), { config: { build_stage: ['/job'] } });
    expect(parse(await readFile(join(copy, 'spack.yaml'), 'utf8'))).toEqual({
      spack: { view: false, config: { 'build_stage:': ['/job'] } },
    });
  });
});
