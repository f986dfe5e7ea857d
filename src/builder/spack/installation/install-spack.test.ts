import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/mirror-package.ts';
import { committedRepository, fakePython, spackRepository } from '../../../../test/support/spack-repository.ts';
import { installSpack, type InstallRequest } from './install-spack.ts';
import { installationsFolder, installedVariables, listInstallations, removeInstallation } from './installations.ts';

let folder: string;
let env: Record<string, string>;
beforeEach(async () => {
  folder = await temporaryFolder();
  env = { PATH: process.env['PATH'] ?? '', HOME: folder, SLIPWAY_CACHE: join(folder, 'cache') };
});

const spack = (version: string) => spackRepository(folder, version);
const python = (pip: string, refuses?: string) => fakePython(folder, pip, refuses);
const repository = (name: string, files: Readonly<Record<string, string>>) =>
  committedRepository(join(folder, name), files);

async function install(request: Partial<InstallRequest>) {
  const phases: string[] = [];
  const phase: InstallRequest['phase'] = async (title, waitsFor, work) => {
    phases.push(`${title.replace(/ [0-9a-f]{10}$/, '')} (${waitsFor.replace(folder, '')})`);
    return work();
  };
  return { ...(await installSpack({ env, phase, ...request })), phases };
}

describe('installSpack', () => {
  test('clones Spack, adds clingo to a Python of its own, and is found without SPACK_ROOT', async () => {
    const from = await spack('0.23.1');
    const request = { from, python: await python(':'), wheels: join(folder, 'wheels') };
    const { spack: installed, wasThere, phases } = await install(request);
    expect({ wasThere, phases }).toEqual({
      wasThere: false,
      phases: [
        'Looking for the newest commit (/spack-0.23.1)',
        'Cloning Spack (/spack-0.23.1)',
        'Installing clingo (/wheels)',
      ],
    });
    const { SPACK_ROOT, SPACK_PYTHON } = installed.variables;
    expect(await readFile(join(SPACK_ROOT, 'etc/spack/bootstrap.yaml'), 'utf8')).toContain('"enable": false');
    expect(await readFile(join(folder, 'calls'), 'utf8')).toContain(`--no-index --find-links ${folder}/wheels clingo`);
    const plain = { ...env, PATH: '/usr/bin:/bin' };
    expect(await installedVariables(plain)).toEqual({ SPACK_ROOT, SPACK_PYTHON });
    expect(await installedVariables({ ...plain, SPACK_ROOT: '/opt/spack' })).toEqual({});
    expect(await installedVariables({ ...plain, PATH: join(SPACK_ROOT, 'bin') })).toEqual({});
  });

  test('does nothing the second time', async () => {
    const request = { from: await spack('0.23.1'), python: await python(':') };
    await install(request);
    const before = await readFile(join(folder, 'calls'), 'utf8');
    expect(await install(request)).toMatchObject({ wasThere: true });
    expect(await readFile(join(folder, 'calls'), 'utf8')).toBe(before);
  });

  test('takes clingo from the package index by its hashes', async () => {
    await install({
      from: await spack('0.23.1'),
      python: await python('cat "$(echo "$*" | sed "s/.* //")" > "$HOME/seen"'),
    });
    expect(await readFile(join(folder, 'calls'), 'utf8')).toContain('--require-hashes');
    expect(await readFile(join(folder, 'seen'), 'utf8')).toMatch(/^clingo==[\d.]+ \\\n {4}--hash=sha256:/m);
  });

  test('clones the recipes of Spack 1.0 and newer, and configures them with a mirror of sources', async () => {
    const recipes = await repository('packages', { 'repos/spack_repo/builtin/repo.yaml': 'repo: {}\n' });
    const sources = 'file:///srv/sources';
    const request = { from: await spack('1.1.0'), recipes, sources, python: await python(':') };
    const { spack: installed } = await install(request);
    expect(await readFile(join(installed.folder, 'spack/etc/spack/mirrors.yaml'), 'utf8')).toContain(sources);
    const place = join(installed.folder, 'packages/repos/spack_repo/builtin');
    expect(await readFile(join(installed.folder, 'spack/etc/spack/repos.yaml'), 'utf8')).toContain(place);
    expect(await readdir(place)).toEqual(['repo.yaml']);
  });

  test.each([
    ['clingo cannot be installed', "'-m pip install'*", 'SPACK_CLINGO_FAILED'],
    ['there is neither pip nor ensurepip', "'-m pip'* | '-m ensurepip'", 'SPACK_PIP_MISSING'],
  ])('leaves nothing behind if %s', async (_reason, refused, code) => {
    const request = { from: await spack('0.23.1'), python: await python(':', refused) };
    await expect(install(request)).rejects.toMatchObject({ code });
    expect(await readdir(installationsFolder(env))).toEqual([]);
  });

  test('leaves nothing behind if it is interrupted', async () => {
    const interruption = new AbortController();
    const request = { from: await spack('0.23.1'), python: await python('kill -STOP $$'), signal: interruption.signal };
    const phase: InstallRequest['phase'] = async (title, _waitsFor, work) => {
      const done = work();
      if (title === 'Installing clingo') interruption.abort(new Error('interrupted'));
      return done;
    };
    await expect(install({ ...request, phase })).rejects.toThrow('interrupted');
    expect(await readdir(installationsFolder(env))).toEqual([]);
  });

  test('refuses a folder without a Spack, an unknown release and a Python that does not run', async () => {
    const from = await repository('other', { README: 'Not a Spack.\n' });
    await expect(install({ from, python: await python(':') })).rejects.toMatchObject({ code: 'SPACK_INSTALL_FAILED' });
    await expect(install({ release: '0.9' })).rejects.toMatchObject({ code: 'SPACK_RELEASE_UNKNOWN' });
    const python3 = join(folder, 'none');
    await expect(install({ from: await spack('0.23.1'), python: python3 })).rejects.toMatchObject({
      code: 'SPACK_PYTHON_MISSING',
    });
  });

  test('keeps several, of which the last one that was installed is used', async () => {
    const shared = { python: await python(':') };
    await install({ ...shared, from: await spack('0.23.1') });
    const { spack: second } = await install({ ...shared, from: await spack('0.22.2') });
    expect((await listInstallations(env)).map(({ version }) => version)).toEqual(['0.22.2', '0.23.1']);
    await removeInstallation(env, second);
    expect(await listInstallations(env)).toMatchObject([{ version: '0.23.1', isDefault: true }]);
  });
});
