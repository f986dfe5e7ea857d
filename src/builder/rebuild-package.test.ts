import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderStore, installEntry, v3Layout, type Entry, type ObjectStore } from '../mirror/index.ts';
import { runEnvironmentFile, withHash, type Lockfile, type RunEnvironment } from '../spack/index.ts';
import type { BuildRequest, BuildResult, Builder } from './builder.ts';
import { rebuildPackage, type Rebuilt } from './rebuild-package.ts';

const arch = { platform: 'linux', platform_os: 'debian12', target: 'x86_64' };
const node = withHash({ name: 'zlib', version: '1.3', arch, namespace: 'test', parameters: {} });
const lock: Lockfile = {
  lockfileVersion: 6,
  specfileVersion: 5,
  spack: {},
  roots: [{ hash: node.hash, spec: 'zlib' }],
  nodes: new Map([[node.hash, node]]),
};

let folder: string;
let store: ObjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-rebuild-'));
  store = folderStore(join(folder, 'mirror'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A builder whose package is one file; `fail` is called after the file is there. */
function smallBuilder(fail: () => void = () => undefined, environment?: RunEnvironment): Builder {
  return {
    changedRecipes: async () => [],
    inputs: async () => ({ digest: undefined, facts: {} }),
    lock: async () => lock,
    build: async (request: BuildRequest): Promise<BuildResult> => {
      const installed = join(request.scratch, 'zlib');
      mkdirSync(installed, { recursive: true });
      writeFileSync(join(installed, 'file'), 'text');
      fail();
      const prefix = `/opt/stack/zlib-1.3-${node.hash}`;
      return { folder: installed, prefix, prefixes: new Map([[node.hash, prefix]]), seconds: 1, environment };
    },
  };
}

async function rebuild(builder: Builder): Promise<Rebuilt> {
  return rebuildPackage({
    builder,
    lock,
    hash: node.hash,
    environment: folder,
    scratch: join(folder, 'scratch'),
    sources: [{ layout: v3Layout(store), requireSignature: false }],
    destination: [v3Layout(store)],
    jobs: 1,
    log: () => undefined,
  });
}

describe('rebuildPackage', () => {
  test('pushes what was built, once, and cleans up behind itself', async () => {
    expect(await rebuild(smallBuilder())).toMatchObject({ done: 'pushed', where: store.url, seconds: 1 });
    expect(existsSync(join(folder, 'scratch'))).toBe(false);
    expect(await rebuild(smallBuilder())).toEqual({ done: 'present', where: store.url });
  });

  test('what is known of its users’ environment is beside the spec in the package, and no empty record', async () => {
    const own = [{ action: 'set' as const, name: 'ZLIB', value: `\${/${node.hash}}/file` }];
    const prefixes = { [node.hash]: '/opt/stack/zlib', other: '/not/named' };
    await rebuild(smallBuilder(undefined, { version: 1, own, from: { other: [] }, prefixes }));
    const installed = async (name: string) => {
      const entry = (await v3Layout(store).read(node, { requireSignature: false })) as Entry;
      await installEntry(store, entry, { folder: join(folder, name) });
      return join(folder, name, runEnvironmentFile);
    };
    expect(JSON.parse(readFileSync(await installed('one'), 'utf8'))).toEqual({
      version: 1,
      own,
      from: {},
      prefixes: { [node.hash]: '/opt/stack/zlib' },
    });
    store = folderStore(join(folder, 'other-mirror'));
    await rebuild(smallBuilder(undefined, { version: 1, own: [], from: { other: [] }, prefixes }));
    expect(existsSync(await installed('two'))).toBe(false);
  });

  test('a full disk is reported with the folder and the remedy, and nothing is pushed', async () => {
    const full = smallBuilder(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await expect(rebuild(full)).rejects.toMatchObject({
      code: 'BUILD_DISK_FULL',
      message: `zlib@1.3 could not be built, because the disk of \`${join(folder, 'scratch')}\` is full.`,
    });
    expect(existsSync(join(folder, 'scratch'))).toBe(false);
    expect(existsSync(join(folder, 'mirror/v3'))).toBe(false);
  });
});
