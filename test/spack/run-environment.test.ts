import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rebuildPackage, spackBuilder } from '../../src/builder/index.ts';
import {
  ImageDefinition,
  buildImages,
  imagesOf,
  packagesOf,
  unpackImage,
  type Image,
  type PackageEntry,
} from '../../src/image/index.ts';
import { folderStore, v2Layout, v3Layout } from '../../src/mirror/index.ts';
import { runEnvironmentFile, topologicalOrder, writeLockfile, type Lockfile } from '../../src/spack/index.ts';
import { findPart } from '../support/part.ts';
import { findSpacks, installedPrefix, readyToBuild, spackLab, warmCache, type SpackLab } from '../support/spack-lab.ts';
import { systemBase } from '../support/system-base.ts';

const run = promisify(execFile);
const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const bwrap = findPart('bwrap');
const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

describe.each(spacks)('the variables of packages that Spack $version built', ({ root: spackRoot }) => {
  let folder: string;
  let lab: SpackLab;
  let lock: Lockfile;
  let environment: string;
  const log: string[] = [];
  const place = (name: string) => join(folder, name);
  const mirror = () => folderStore(place('mirror'), { durable: false });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-variables-'));
    lab = await spackLab({ root: spackRoot, folder: place('lab'), store: place('store') });
    await warmCache(lab, place('cache'));
    environment = `spack: { specs: [buoy], view: '${place('view')}', concretizer: { unify: true } }\n`;
    await mkdir(place('env'));
    await writeFile(place('env/spack.yaml'), environment);
    const layouts = [v3Layout(mirror()), v2Layout(mirror())] as const;
    const builder = spackBuilder({
      env: { ...lab.env, SPACK_ROOT: spackRoot },
      cacheFolder: place('cache'),
      log: (line) => void log.push(line),
      mirrors: async () => ({ variables: [] }),
    });
    lock = await builder.lock({ environment: place('env') });
    for (const node of topologicalOrder(lock).filter(({ external }) => external === undefined))
      await rebuildPackage({
        builder,
        lock,
        hash: node.hash,
        environment: place('env'),
        scratch: place('scratch'),
        sources: [{ layout: v3Layout(mirror()), requireSignature: false }],
        destination: layouts,
        jobs: 1,
        log: (line) => void log.push(line),
      });
    // Spack itself, at the same prefixes.
    await lockedEnvironment('env', environment);
    await lab.spack('-D', place('env'), 'install');
    await systemBase(place('checkout'), ['/bin/sh', '/bin/cat']);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function lockedEnvironment(name: string, text: string): Promise<void> {
    await mkdir(place(name), { recursive: true });
    await writeFile(place(`${name}/spack.yaml`), text);
    await writeFile(place(`${name}/spack.lock`), writeLockfile(lock));
  }

  async function build(definition: Record<string, unknown>): Promise<Image> {
    const entries = new Map<string, PackageEntry>();
    for (const node of packagesOf(lock)) {
      const entry = await v3Layout(mirror()).read(node, { requireSignature: false });
      if (entry !== undefined) entries.set(node.hash, entry);
    }
    const images = await buildImages({
      locks: [{ lock, digest: 'ab'.repeat(32), environment }],
      entries,
      allowUnsigned: true,
      store: mirror(),
      definition: ImageDefinition.parse({ repository: 'lab/stack', base: 'oci:base:lab/base:1', ...definition }),
      work: place('work'),
      baseOptions: { folder: place('checkout') },
    });
    return imagesOf(images)[0] as Image;
  }

  const variablesOf = ({ config }: Image) =>
    Object.fromEntries((config.config?.Env ?? []).map((text) => text.split(/=(.*)/s).slice(0, 2))) as Record<
      string,
      string
    >;

  /** The variables of ours that Spack's own command gives. */
  async function saidBy(...words: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const text = await lab.spack(...words);
    const shell = ['-i', `PATH=${system}`, 'sh', '-c', 'eval "$1"; env -0', 'sh', text];
    const lines = (await run('env', shell)).stdout.split('\0').map((line) => line.split(/=(.*)/s));
    return Object.fromEntries(lines.filter(([name = '']) => /^BEACON_|^PATH$/.test(name)));
  }

  const ours = (variables: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('BEACON_')));

  /** Of `PATH`, those of the stack; Spack has some twice. */
  const folders = ({ PATH = '' }: Readonly<Record<string, string>>) => [
    ...new Set(PATH.split(':').filter((one) => one.startsWith(folder))),
  ];

  test('are recorded for each package, and nothing else of it', async () => {
    expect(log.filter((line) => line.includes('is not recorded'))).toEqual([]);
    const kept = new Set(packagesOf(lock).map(({ name }) => name));
    expect(kept).toContain('beacon');
    const image = variablesOf(await build({ view: false }));
    expect(ours(image)).toMatchObject({ BEACON_LAST: 'buoy' });
    expect(image).not.toHaveProperty('BEACON_OFF');
  });

  test('are in an image as `spack load` sets them', async () => {
    const [image, spack] = [
      variablesOf(await build({ view: false })),
      await saidBy('-D', place('env'), 'load', '--sh', 'buoy'),
    ];
    expect(ours(image)).toEqual(ours(spack));
    expect(folders(image)).toEqual(folders(spack));
  });

  test('are in an image with a view as `spack env activate` sets them', async () => {
    const [image, spack] = [variablesOf(await build({})), await saidBy('env', 'activate', '--sh', '-d', place('env'))];
    // Spack leaves a variable empty that one package sets and another one takes away.
    expect({ ...ours(image), BEACON_OFF: '' }).toEqual(ours(spack));
    expect(folders(image)).toEqual(folders(spack));
    expect(image['BEACON_DATA']).toBe(`${place('view')}/share/light`);
  });

  test.skipIf(bwrap === undefined)('let programs find what they need, also where packages were relocated', async () => {
    const image = await build({ view: false, root: '/opt/s' });
    expect(image.config.config?.Env?.join('\n')).not.toContain(folder);
    const root = await mkdtemp(place('root-'));
    await unpackImage(image, root);
    const variables = Object.entries(variablesOf(image)).flatMap(([name, value]) => ['--setenv', name, value]);
    const words = ['--bind', root, '/', '--dev', '/dev', '--unshare-all', '--clearenv', ...variables, '--', 'buoy'];
    expect((await run(bwrap as string, words)).stdout).toBe('red\n');
  });

  test('are nothing that Spack minds: it installs the package, record and all', async () => {
    const reader = await spackLab({ root: spackRoot, folder: place('reader'), store: place('r'), like: place('lab') });
    await reader.spack('mirror', 'add', '--unsigned', 'ours', `file://${place('mirror')}`);
    await lockedEnvironment('reading', 'spack: { specs: [buoy], view: false }\n');
    const tried = await reader.trySpack('-D', place('reading'), 'install', '--cache-only', '--no-check-signature');
    expect(tried.failed ? tried.output : '').toBe('');
    const prefix = (await installedPrefix(place('r'), 'buoy')) as string;
    expect(await readFile(join(prefix, runEnvironmentFile), 'utf8')).toContain('BEACON_LAST');
  });
});
