import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  folderStore,
  migrateMirror,
  packPrefix,
  pushEntry,
  v2Layout,
  v3Layout,
  type ObjectStore,
} from '../mirror/index.ts';
import { withHash, writeSpecFile, type Lockfile } from '../spack/index.ts';
import { readMirrorState } from './mirror-state.ts';

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
  folder = mkdtempSync(join(tmpdir(), 'slipway-state-'));
  store = folderStore(join(folder, 'mirror'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function pushUnsigned(): Promise<void> {
  const installed = join(folder, 'zlib');
  await mkdir(installed);
  await writeFile(join(installed, 'file'), 'text');
  const prefix = `/opt/stack/zlib-1.3-${node.hash}`;
  const specFile = writeSpecFile(lock, node.hash);
  const prefixes = new Map([[node.hash, prefix]]);
  const tarball = await packPrefix({
    folder: installed,
    prefix,
    prefixes,
    output: join(folder, 'zlib.tar.gz'),
    node,
    specFile,
  });
  await pushEntry(store, { lock, hash: node.hash, tarball });
}

const verifier = async () => {
  throw new Error('nothing here is signed');
};

describe('readMirrorState', () => {
  test('what no mirror holds is missing', async () => {
    expect((await readMirrorState(lock, [{ store, requireSignature: false }])).get(node.hash)).toEqual({
      present: false,
      reason: 'missing',
    });
    expect((await readMirrorState(lock, [])).get(node.hash)).toEqual({ present: false, reason: 'missing' });
  });

  test("an unsigned entry counts in a pull request's own mirror and not in a protected one", async () => {
    await pushUnsigned();
    const own = await readMirrorState(lock, [{ store, requireSignature: false }]);
    expect(own.get(node.hash)).toMatchObject({ present: true, reason: `on ${store.url}` });
    const state = await readMirrorState(lock, [{ store, requireSignature: true, verifier }]);
    expect(state.get(node.hash)).toMatchObject({
      present: false,
      reason: expect.stringMatching(/^unsigned or invalid: /),
    });
  });

  test('a mirror of layout v2 is read like any other', async () => {
    await pushUnsigned();
    const old = folderStore(join(folder, 'old'));
    const options = { read: { requireSignature: false }, scratch: folder };
    for await (const _ of migrateMirror(v3Layout(store), v2Layout(old), options)) expect(_).toBeDefined();
    const empty = folderStore(join(folder, 'empty'));
    const mirrors = [empty, old].map((one) => ({ store: one, requireSignature: false }));
    expect((await readMirrorState(lock, mirrors)).get(node.hash)).toMatchObject({
      present: true,
      reason: `on ${old.url}`,
    });
  });

  test('a mirror of signed entries without any trusted key is refused', async () => {
    await expect(readMirrorState(lock, [{ store, requireSignature: true }])).rejects.toMatchObject({
      code: 'GENERATE_KEYS_MISSING',
    });
  });
});
