import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { writeLockfile } from '../../spack/index.ts';
import { isolatedEnvironment } from './isolated-environment.ts';
import { spackBuilder } from './spack-builder.ts';

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
    const copy = await isolatedEnvironment(stack, join(folder, 'view'), { build_stage: ['/job'] });
    const made = parse(await readFile(join(copy, 'spack.yaml'), 'utf8')) as Record<string, Record<string, unknown>>;
    const { view, config, 'config:': over = config } = made['spack'] ?? made['env'] ?? {};
    expect([view, over]).toEqual([false, { build_jobs: 2, 'build_stage:': ['/job'] }]);
    expect(await readFile(join(stack, 'spack.yaml'), 'utf8')).toBe(text);
  });

  test('takes an environment without any section', async () => {
    await writeFile(join(stack, 'spack.yaml'), 'spack:\n');
    const copy = await isolatedEnvironment(stack, join(folder, 'view'), { build_stage: ['/job'] });
    expect(parse(await readFile(join(copy, 'spack.yaml'), 'utf8'))).toEqual({
      spack: { view: false, config: { 'build_stage:': ['/job'] } },
    });
  });
});

describe('a lock', () => {
  const lockWith = async (concretize: string) => {
    const { env } = await fakeSpack(folder, { commands: { config: "echo '- compiler:'", concretize } });
    const builder = spackBuilder({
      env,
      cacheFolder: join(folder, 'cache'),
      log: () => undefined,
      mirrors: async () => ({ variables: [], state: 'the same' }),
      now: () => 0,
    });
    return builder.lock({ environment: stack });
  };
  const answer = `cat > "$env/spack.lock" <<'END'\n${writeLockfile(tinyLock())}\nEND`;

  test('is made with an install tree, stages and caches of the job and without views', async () => {
    const yaml =
      'spack: { specs: [gauge], view: /srv/views, config: { install_tree: { root: /srv, padded_length: 128 } } }\n';
    await writeFile(join(stack, 'spack.yaml'), yaml);
    const seen = join(folder, 'seen.yaml');
    await lockWith(`cp "$env/spack.yaml" '${seen}'; ${answer}`);
    const scratch = expect.stringContaining(join(folder, 'cache/solve-')) as string;
    expect(parse(await readFile(seen, 'utf8'))).toEqual({
      spack: {
        specs: ['gauge'],
        view: false,
        config: {
          'install_tree:': { root: scratch },
          'build_stage:': [scratch],
          'test_stage:': scratch,
          'source_cache:': join(folder, 'cache/sources'),
          'misc_cache:': join(folder, 'cache/misc'),
        },
      },
    });
  });

  test('does not depend on what that Spack has installed', async () => {
    await writeFile(join(stack, 'spack.yaml'), 'spack: { specs: [gauge] }\n');
    await lockWith(answer);
    await mkdir(join(folder, 'spack/opt/spack/.spack-db'), { recursive: true });
    await writeFile(join(folder, 'spack/opt/spack/.spack-db/index.json'), '{}');
    await lockWith(answer);
    const calls = await readFile(join(folder, 'calls'), 'utf8');
    expect(calls.split('\n').filter((call) => call === 'concretize')).toHaveLength(1);
  });
});
