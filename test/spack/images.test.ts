import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ImageDefinition,
  buildImages,
  contentsOf,
  folderFiles,
  packagesOf,
  unpackImage,
  type Image,
  type PackageEntry,
} from '../../src/image/index.ts';
import { detectLayout, folderStore, type ReadOptions } from '../../src/mirror/index.ts';
import { createVerifier } from '../../src/notary/index.ts';
import { validateImage } from '../../src/oci/index.ts';
import { lockDigest, readLockfile, type Lockfile } from '../../src/spack/index.ts';
import { findPart } from '../support/part.ts';
import {
  builtinRecipes,
  findSpacks,
  installedPrefix,
  readyToBuild,
  spackLab,
  type SpackLab,
} from '../support/spack-lab.ts';
import { systemBase } from '../support/system-base.ts';

const run = promisify(execFile);
const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const [bwrap, gpg] = [findPart('bwrap'), findPart('gpg')];

const builtin = builtinRecipes();

/** Runs commands with the root and environment of an image, and what further options of bwrap show; no network. */
function container(root: string, image: Image, options: readonly string[] = []) {
  const variables = (image.config.config?.Env ?? []).flatMap((text) => {
    const [name = '', ...value] = text.split('=');
    return ['--setenv', name, value.join('=')];
  });
  const bind = ['--bind', root, '/', '--dev', '/dev', '--proc', '/proc'];
  const words = [...bind, '--unshare-all', '--die-with-parent', '--clearenv', ...variables, ...options, '--'];
  return async (...command: readonly string[]): Promise<string> => {
    const { all, stdout, failed } = await execa(bwrap as string, [...words, ...command], { all: true, reject: false });
    if (failed) throw new Error(`${command.join(' ')}:\n${all}`);
    return stdout;
  };
}

describe.skipIf(bwrap === undefined || gpg === undefined).each(spacks)(
  'Spack $version',
  ({ root: spackRoot, version }) => {
    const layout = version.startsWith('0.') ? 'v2' : 'v3';
    let folder: string;
    let builder: SpackLab;
    let lock: Lockfile;
    let lockText: string;
    let environment: string;
    let read: ReadOptions;
    const place = (name: string) => join(folder, name);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-images-'));
      builder = await spackLab({
        root: spackRoot,
        folder: place('built'),
        store: place('built/a-store-with-a-long-enough-name'),
      });
      await mkdir(place('env'));
      const written = 'spack: { specs: [harbor], view: false, concretizer: { unify: true } }\n';
      await writeFile(place('env/spack.yaml'), written);
      // Spack itself would make the view on this very machine.
      const repos = version.startsWith('0.') ? '[ours]' : '{ lab: ours }';
      environment = written.replace('view: false', `view: /opt/view, repos: ${repos}`);
      await builder.spack('-D', place('env'), 'concretize');
      await builder.spack('-D', place('env'), 'install', '--no-add');
      await builder.spack('gpg', 'create', 'Lab', 'lab@example.org');
      await builder.spack('gpg', 'export', place('spack.pub'));
      await builder.spack('-D', place('env'), 'buildcache', 'push', '--update-index', `file://${place('mirror')}`);
      await builder.spack('gpg', 'publish', '--rebuild-index', '--mirror-url', `file://${place('mirror')}`);
      lockText = await readFile(place('env/spack.lock'), 'utf8');
      lock = readLockfile(lockText, 'spack.lock');
      read = { verifier: createVerifier(await readFile(place('spack.pub'), 'utf8')), requireSignature: true };
      await mkdir(place('checkout'));
      await systemBase(place('checkout'), ['/bin/sh', '/bin/cat']);
      await cp(join(import.meta.dirname, '../fixtures/spack-lab'), place('checkout/ours'), { recursive: true });
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    async function build(settings: Record<string, unknown>): Promise<Image> {
      const definition = ImageDefinition.parse({ repository: 'lab/stack', base: 'oci:base:lab/base:1', ...settings });
      const mirror = await detectLayout(folderStore(place('mirror'), { durable: false }));
      const entries = new Map<string, PackageEntry>();
      for (const node of packagesOf(lock, contentsOf(definition))) {
        const entry = await mirror.read(node, read);
        if (entry !== undefined) entries.set(node.hash, entry);
      }
      const image = await buildImages({
        locks: [{ lock, digest: lockDigest(lockText), environment }],
        entries,
        store: mirror.store,
        mirror: { read },
        definition,
        work: place('work'),
        baseOptions: { folder: place('checkout') },
        files: folderFiles(place('checkout')),
      });
      expect(await validateImage(image as Image)).toEqual([]);
      return image as Image;
    }

    /** Runs a command with the image's root, environment and nothing else. */
    async function inside(image: Image, ...command: readonly string[]): Promise<string> {
      const root = await mkdtemp(place('root-'));
      await unpackImage(image, root);
      return (await container(root, image)(...command)).trim();
    }

    test('has its tarballs as layers as they are, and their programs and scripts run', async () => {
      const image = await build({});
      const prefix = async (name: string) =>
        (await installedPrefix(place('built/a-store-with-a-long-enough-name'), name)) as string;
      expect(
        await inside(image, 'sh', '-c', 'cd /; ls -d opt/view >/dev/null 2>&1 || test -e /opt/view/bin/harbor; gauge'),
      ).toBe(await prefix('tide'));
      const harbor = (await inside(image, 'harbor')).split('\n');
      expect(harbor.at(-1)).toBe(await prefix('tide'));
      expect(harbor[0]).toBe(await prefix('harbor'));
      expect(await inside(image, 'ask')).toBe(await prefix('tide'));
      expect((await inside(image, 'call')).split('\n')[0]).toBe(await prefix('harbor'));
      const packages = packagesOf(lock);
      expect(image.blobs.length - 1).toBe(1 + packages.length + 2);
      const stored = new Set(
        (await run('sh', ['-c', `find '${place('mirror')}' -type f -exec sha256sum {} +`])).stdout.match(
          /^[0-9a-f]{64}/gm,
        ),
      );
      const layers = image.blobs.slice(2, 2 + packages.length).map(({ descriptor }) => descriptor.digest.slice(7));
      expect(layers.every((digest) => stored.has(digest))).toBe(true);
    });

    test('has its packages in another install tree where that is wanted, and their programs run there', async () => {
      const image = await build({ root: '/opt/moved', view: false });
      const said = async (program: string) =>
        (await inside(image, program)).split('\n').map((line) => line.replace(/^\/+/, '/'));
      expect((await said('harbor'))[0]).toMatch(/^\/opt\/moved\/.*harbor-/);
      expect(await said('ask')).toEqual([expect.stringMatching(/^\/opt\/moved\/.*tide-/)]);
      expect((await said('call'))[0]).toMatch(/^\/opt\/moved\/.*harbor-/);
    });

    test('that has another home for its packages restores what the base says of the folders above', async () => {
      const image = await build({ view: false });
      expect(await inside(image, 'sh', '-c', 'set -- /tmp; test -k /tmp && echo sticky')).toBe('sticky');
    });

    test.each(['mirror', 'both'])('Spack in an image with contents `%s` installs from it offline', async (contents) => {
      const image = await build({ contents, mirror: { layout }, view: false });
      const root = await mkdtemp(place('root-'));
      await unpackImage(image, root);
      const spack = await spackInside(root, image);
      const harbor = [...lock.nodes.values()].find(({ name }) => name === 'harbor')?.hash;
      const install = ['install', '--cache-only', `/${harbor}`] as const;
      // Nothing in it is signed by a key that this Spack knows.
      await expect(spack(...install)).rejects.toThrow(/No binary found when cache-only|signature|trust/i);
      await spack('gpg', 'trust', '/mirror/public.key');
      await spack(...install);
      const found = await spack('find', '--no-groups', '--format', '{name} {prefix}');
      const prefixes = new Map(found.split('\n').map((line) => line.split(' ') as [string, string]));
      expect([...prefixes.keys()]).toEqual(expect.arrayContaining(['gauge', 'harbor', 'tide']));
      // Spack pads strings of programs with slashes.
      const said = await container(root, image)(`${prefixes.get('harbor')}/bin/ask`);
      expect(said.trim().replace(/^\/+/, '/')).toBe(prefixes.get('tide'));
    });

    /**
     * A Spack with Python and gpg, as a base with them would have it, beside what the image brings: its configuration
     * names neither the mirror nor the stack's recipes.
     */
    async function spackInside(root: string, image: Image) {
      const scope = join(root, 'root/scope');
      const own = place('built/scope');
      await mkdir(scope, { recursive: true });
      for (const file of (await readdir(own)).filter((one) => /^(?:compilers|packages)\.yaml$/.test(one)))
        await cp(join(own, file), join(scope, file));
      // The default folder of Spack's indexes.
      await cp(place('built/misc'), join(root, 'root/cache/cache'), { recursive: true });
      const folders = { build_stage: ['/tmp/stage'], source_cache: '/root/src' };
      const configuration = {
        'config.yaml': { config: { install_tree: { root: '/opt/s' }, ...folders } },
        'bootstrap.yaml': { bootstrap: { enable: true, root: '/root/b', sources: [] } },
        ...(builtin === undefined || version.startsWith('0.') ? {} : { 'repos.yaml': { repos: { builtin } } }),
      };
      for (const [file, value] of Object.entries(configuration))
        await writeFile(join(scope, file), JSON.stringify(value));
      const python = (await run('python3', ['-c', 'import sys; print(sys.executable, sys.base_prefix)'])).stdout.trim();
      const [program = '', prefix = ''] = python.split(' ');
      const shown = ['/usr', prefix, spackRoot, ...(builtin === undefined ? [] : [builtin])];
      const variables = {
        PATH: '/usr/bin:/bin',
        HOME: '/root',
        USER: 'root',
        SPACK_PYTHON: program,
        SPACK_USER_CONFIG_PATH: '/root/scope',
        SPACK_USER_CACHE_PATH: '/root/cache',
        SPACK_GNUPGHOME: '/root/gpg',
      };
      await mkdir(join(root, 'root/gpg'), { mode: 0o700 });
      await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
      await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
      const words = [
        ...shown.flatMap((path) => ['--ro-bind', path, path]),
        ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
      ];
      return async (...command: readonly string[]) =>
        container(root, image, words)(join(spackRoot, 'bin/spack'), ...command);
    }
  },
);
