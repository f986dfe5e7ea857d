import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable, rebuildPackage, recipesBuilder, type Rebuilt } from '../../src/builder/index.ts';
import { configure } from '../../src/cli/commands/image.ts';
import { planBuild, readMirrorState } from '../../src/generate/index.ts';
import { folderStore, readEntry, v3Layout } from '../../src/mirror/index.ts';
import { layoutRepository, openLayout, readImage } from '../../src/oci/index.ts';
import { blobKey, closure, nodeOf, topologicalOrder, writeLockfile, type Lockfile } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';

const example = join(import.meta.dirname, '../../examples/first-light');
const hasCompiler = spawnSync('cc', ['--version']).status === 0 && spawnSync('make', ['--version']).status === 0;
const canRun = hasCompiler && (await namespacesAvailable());
if (!canRun) process.stderr.write('skipped: the example needs cc, make and user namespaces\n');

describe.skipIf(!canRun)('the example stack', () => {
  let folder: string;
  let environment: string;
  const mirrorFolder = () => join(folder, 'mirror');
  const mirror = () => ({ store: folderStore(mirrorFolder()), requireSignature: false });
  const builder = () => recipesBuilder({ cacheFolder: join(folder, 'cache') });

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-first-light-')));
    environment = join(folder, 'stack');
    await cp(example, environment, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function rebuild(lock: Lockfile, hash: string): Promise<Rebuilt> {
    const lines: string[] = [];
    const scratch = join(folder, 'scratch', hash);
    const layout = v3Layout(mirror().store);
    const sources = [{ layout, requireSignature: false }];
    const log = (line: string) => void lines.push(line);
    return rebuildPackage({
      builder: builder(),
      lock,
      hash,
      environment,
      scratch,
      sources,
      destination: [layout],
      jobs: 2,
      log,
    });
  }

  async function namesToBuild(lock: Lockfile): Promise<readonly string[]> {
    const { decisions } = planBuild(lock, await readMirrorState(lock, [mirror()]));
    return decisions.filter((decision) => decision.build).map((decision) => decision.name);
  }

  test('is built package by package through a mirror, and then nothing is left to build', async () => {
    const lock = await builder().lock({ environment });
    expect(await namesToBuild(lock)).toHaveLength(8);
    for (const node of topologicalOrder(lock)) expect(await rebuild(lock, node.hash)).toMatchObject({ done: 'pushed' });
    expect(await namesToBuild(lock)).toEqual([]);
    const [first] = topologicalOrder(lock);
    expect(await rebuild(lock, first?.hash ?? '')).toMatchObject({ done: 'present' });
  });

  test('runs from its own files alone', async () => {
    const lock = await builder().lock({ environment });
    const root = join(folder, 'root');
    mkdirSync(root);
    const program = lock.roots.find((one) => one.spec === 'first-light')?.hash ?? '';
    for (const hash of closure(lock, [program], ['link', 'run'])) {
      const { store } = mirror();
      const entry = await readEntry(store, nodeOf(lock, hash), { requireSignature: false });
      const tarball = join(mirrorFolder(), blobKey(entry?.tarball.sha256 ?? ''));
      execFileSync('tar', ['-xzf', tarball, '-C', root]);
    }
    const inside = `/opt/stack/first-light-1.0-${program}/bin/first-light`;
    const output = execFileSync('unshare', ['--user', '--map-root-user', `--root=${root}`, inside], {
      encoding: 'utf8',
      env: {},
    });
    expect(output).toContain('First light: a stack from source to image');
    expect(output).toMatch(/^ {2}M2 +Moon, twice a day +12\.4206 +1\.62 +1\.\d\d =+$/m);
    expect(output).toContain('@@@@@@@@@@@@@@@@');
  });

  test('a change of what nothing depends on concerns that package alone', async () => {
    await cp(join(environment, 'src/moon/moon.c'), join(environment, 'src/moon/copy.c'));
    expect(await namesToBuild(await builder().lock({ environment }))).toEqual(['moon']);
    rmSync(join(environment, 'src/moon/copy.c'));
  });

  test('becomes an image that runs; one that lacks a library is found out, and its tag does not move', async () => {
    const whole = await builder().lock({ environment });
    const built = await image('build', ...(await given(whole)), '--output', 'oci:images:first-light:1');
    await image('unpack', 'oci:images:first-light:1', 'unpacked');
    const words = ['unshare', '--user', '--map-root-user', `--root=${join(folder, 'unpacked')}`];
    const program = `/opt/stack/first-light-1.0-${whole.roots[0]?.hash}/bin/first-light`;
    expect(execFileSync(words[0] ?? '', [...words.slice(1), program], { encoding: 'utf8', env: {} })).toContain('M2');

    // What is linked is said to be needed for the build alone, so that the image is made without it.
    for (const name of ['mandelbrot', 'tides', 'first-light']) {
      const recipe = join(environment, `recipes/${name}.yaml`);
      const text = await readFile(recipe, 'utf8');
      const changed = text.replace('[stack-cc]', '[stack-cc, plot]').replace(/(link: .*), plot/, '$1');
      // The package's own test would find it; the image is to be found out without it.
      await writeFile(recipe, changed.replace(/\ntest: [^]*$/, '\n'));
    }
    const lacking = await builder().lock({ environment });
    for (const node of topologicalOrder(lacking)) await rebuild(lacking, node.hash);
    await expect(
      image('build', ...(await given(lacking)), '--output', 'oci:images:first-light:1'),
    ).rejects.toMatchObject({
      code: 'IMAGE_LIBRARIES_MISSING',
      message: expect.stringMatching(/\/mandelbrot-1\.0-\w+\/bin\/mandelbrot needs libplot\.so/),
    });
    const { manifest } = await readImage(
      layoutRepository(await openLayout(join(folder, 'images')), 'first-light'),
      '1',
    );
    expect(manifest.descriptor.digest).toBe(built.trim());
  });

  /** The words that name a lock, its mirror and the stack's folder. */
  async function given(lock: Lockfile): Promise<readonly string[]> {
    await writeFile(join(folder, 'spack.lock'), writeLockfile(lock));
    return ['--lock', 'spack.lock', '--mirror', 'mirror', '--unsigned', '--env', 'stack'];
  }

  async function image(...words: readonly string[]): Promise<string> {
    const { terminal, stdout } = collectedTerminal();
    const command = new Command('image');
    const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache') };
    configure(command, { env, cwd: folder, terminal, signal: new AbortController().signal });
    await command.parseAsync(words, { from: 'user' });
    return stdout();
  }
});
