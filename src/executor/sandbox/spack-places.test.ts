import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { namedPrograms } from './named-programs.ts';
import { spackPlaces } from './spack-places.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-places-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function scope(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'scope');
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

test('finds what the configuration of Spack names', async () => {
  const path = await scope({
    'repos.yaml':
      'repos: { builtin: /srv/recipes, far: { git: "https://example.org/r.git", destination: /srv/far } }\n',
    'mirrors.yaml': 'mirrors: { sources: { url: "file:///srv/sources" }, far: "https://example.org/mirror" }\n',
    'packages.yaml': 'packages: { mpi: { externals: [{ spec: mpich@4, prefix: /opt/mpich }] } }\n',
    'upstreams.yaml': 'upstreams: { site: { install_tree: /srv/tree } }\n',
    'config.yaml': 'config: { source_cache: /srv/cache }\n',
    'compilers.yaml': 'not: [yaml\n',
  });
  expect(await spackPlaces([path, join(folder, 'none')])).toEqual([
    '/srv/recipes',
    '/srv/far',
    '/srv/sources',
    '/srv/tree',
    '/opt/mpich',
  ]);
});

test('jobs in the sandbox see it, but no home and no folder of the server', async () => {
  const [recipes, data, home] = ['recipes', 'data', 'home'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [recipes, data, home]) await mkdir(one);
  const repos = { ours: recipes, kept: join(data, 'x'), whole: home, gone: join(folder, 'gone') };
  await mkdir(join(data, 'x'));
  const path = await scope({ 'repos.yaml': JSON.stringify({ repos }) });
  const variables = [{ SPACK_SYSTEM_CONFIG_PATH: path }];
  const { readable, refused } = await namedPrograms({ HOME: home }, { variables, hidden: [data] });
  expect(readable).toEqual(expect.arrayContaining([path, recipes]));
  expect(readable).not.toContain(join(data, 'x'));
  expect(refused).toEqual(expect.arrayContaining([home]));
});
