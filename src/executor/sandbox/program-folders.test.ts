import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programFolders, type ProgramSearch } from './program-folders.ts';

let home: string;
beforeEach(() => {
  home = join(realpathSync(mkdtempSync(join(tmpdir(), 'slipway-home-'))), 'ada');
});
afterEach(() => rmSync(dirname(home), { recursive: true }));

function file(path: string, text = ''): string {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text, { mode: 0o755 });
  return join(home, path);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  symlinkSync(target, join(home, path));
}

async function look(search: Partial<ProgramSearch>) {
  const found = await programFolders({ paths: [], places: [], homes: [home], hidden: [], ...search });
  const below = (paths: readonly string[]) => paths.map((path) => path.slice(home.length + 1)).toSorted();
  return { readable: below(found.readable), hidden: below(found.hidden), refused: below(found.refused) };
}

test('a folder of programs brings the installation that it belongs to, without the credentials in it', async () => {
  file('conda/bin/python3');
  file('conda/lib/libpython3.so');
  file('conda/.npmrc');
  file('go/bin/tool');
  const found = await look({ paths: [`${home}/conda/bin:/usr/bin`, `${home}/go/bin`] });
  expect(found).toEqual({ readable: ['conda', 'go/bin'], hidden: ['conda/.npmrc'], refused: [] });
});

test('a home is never shown, nor a folder of credentials or of the server', async () => {
  file('bin/tool');
  file('lib/x');
  file('.docker/bin/docker');
  file('data/keys/server-secret');
  link('around', '.');
  const found = await look({
    paths: [`${home}/bin`, `${home}/around/bin`, `${home}/.docker/bin`],
    places: [home, join(home, 'data/keys'), join(home, '.docker')],
    hidden: [join(home, 'data')],
  });
  expect(found.readable).toEqual(['around/bin', 'bin']);
  expect(found.refused).toEqual(['', '.docker', '.docker/bin', 'data/keys']);
});

test('links and `#!` lines lead to the installation of an interpreter', async () => {
  const python = file('.local/share/uv/cpython-3.12.1/bin/python3.12');
  file('.local/share/uv/cpython-3.12.1/lib/libpython3.so');
  link('.local/share/uv/cpython-3.12', 'cpython-3.12.1');
  link('.local/bin/python3', '../share/uv/cpython-3.12/bin/python3.12');
  file('opt/tools/run', `#!${python}\n`);
  expect((await look({ paths: [join(home, '.local/bin')] })).readable).toEqual([
    '.local/bin',
    '.local/share/uv/cpython-3.12',
    '.local/share/uv/cpython-3.12.1',
  ]);
  expect((await look({ paths: [join(home, 'opt/tools')] })).readable).toEqual([
    '.local/share/uv/cpython-3.12.1',
    'opt/tools',
  ]);
});

test('a Spack and a Python that are named are shown, and what is not there is passed over', async () => {
  file('spack/bin/spack');
  file('venv/bin/python3');
  file('venv/pyvenv.cfg');
  const found = await look({ places: [join(home, 'spack'), join(home, 'venv/bin/python3'), join(home, 'nothing')] });
  expect(found).toEqual({ readable: ['spack', 'venv'], hidden: [], refused: [] });
});
