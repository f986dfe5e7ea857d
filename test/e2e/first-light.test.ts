import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespacesAvailable, rebuildPackage, recipesBuilder } from '../../src/builder/index.ts';
import type { Rebuilt } from '../../src/builder/index.ts';
import { planBuild, readMirrorState } from '../../src/generate/index.ts';
import { folderStore, readEntry } from '../../src/mirror/index.ts';
import { blobKey, closure, nodeOf, topologicalOrder } from '../../src/spack/index.ts';
import type { Lockfile } from '../../src/spack/index.ts';

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
    const sources = [mirror()];
    const log = (line: string) => void lines.push(line);
    return rebuildPackage({
      builder: builder(),
      lock,
      hash,
      environment,
      scratch,
      sources,
      destination: mirror().store,
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
  });
});
