import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fakeSpack } from '../../../test/support/fake-spack.ts';
import { temporaryFolder, tinyLock } from '../../../test/support/mirror-package.ts';
import { writeLockfile } from '../../spack/index.ts';
import { spackBuilder } from './spack-builder.ts';

let folder: string;
let stack: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  stack = join(folder, 'stack');
  await mkdir(stack);
});

describe('lockEnvironment', () => {
  const lockWith = async (concretize: string) => {
    const { env } = await fakeSpack(folder, { commands: { config: "echo '- compiler:'", concretize } });
    const builder = spackBuilder({
      env,
      cacheFolder: join(folder, 'cache'),
      log: () => undefined,
      mirrors: async () => ({ variables: [], state: 'the same' }),
    });
    return builder.lock({ environment: stack });
  };
  const answer = `cat > "$env/spack.lock" <<'END'\n${writeLockfile(tinyLock())}\nEND`;

  test('works with an install tree, stages and caches of the job and without views', async () => {
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

  test('reports recipes that Spack cannot fetch, and removes the empty clone that it would take for complete', async () => {
    await writeFile(join(stack, 'spack.yaml'), 'spack: { specs: [gauge] }\n');
    const clone = join(folder, 'cache/home/cache/package_repos/fncqgg4');
    const failed = `echo "==> Warning: Error constructing repository '${clone}': Failed to clone repository builtin"`;
    const end = 'echo "==> Error: no compiler configured, and Spack cannot find working compilers in PATH"';
    await expect(lockWith(`mkdir -p '${clone}/.git'; ${failed}; ${end}; exit 1`)).rejects.toMatchObject({
      code: 'SPACK_RECIPES_MISSING',
      message: `The package repository of Spack cannot be fetched into ${clone}: Failed to clone repository builtin.`,
    });
    expect(existsSync(clone)).toBe(false);
  });
});
