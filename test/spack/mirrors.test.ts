import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  detectLayout,
  folderStore,
  importOldest,
  installEntry,
  isOldest,
  migrateMirror,
  packPrefix,
  pushEntry,
  storeFromUrl,
  v2Layout,
  v3Layout,
  type MirrorLayout,
  type Migrated,
  type ObjectStore,
  type ReadOptions,
} from '../../src/mirror/index.ts';
import {
  createDetachedVerifier,
  createSigner,
  createVerifier,
  generateKey,
  type Signer,
} from '../../src/notary/index.ts';
import type { BuildcacheName } from '../../src/spack/index.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { gather } from '../support/gather.ts';
import { writeOldest } from '../support/oldest-mirror.ts';
import { findPart } from '../support/part.ts';
import { findSpacks, installedPrefix, readyToBuild, spackLab, type SpackLab } from '../support/spack-lab.ts';

const run = promisify(execFile);
const spacks = (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack', () => undefined);
const gpg = findPart('gpg');
const dockerRegistry = findPart('docker-registry');

describe.skipIf(gpg === undefined).each(spacks)('Spack $version', ({ root, version }) => {
  const isOld = version.startsWith('0.');
  let folder: string;
  let builder: SpackLab;
  let signer: Signer;
  let trusted: ReadOptions;

  const place = (name: string) => join(folder, name);
  const url = (name: string) => `file://${place(name)}`;
  const layoutAt = (name: string) => detectLayout(folderStore(place(name), { durable: false }));
  const migrate = async (from: MirrorLayout, to: MirrorLayout, read: ReadOptions = { requireSignature: false }) => {
    const scratch = await mkdtemp(place('scratch-'));
    const sign = (text: string) => signer.sign(text);
    const done: Migrated[] = await gather(migrateMirror(from, to, { read, scratch, sign }));
    await to.publishKeys([signer]);
    return done;
  };
  /** Another Spack of the same version, which has built nothing. */
  const reader = async (name: string, mirror: { url: string; signed: boolean }) => {
    const lab = await spackLab({ root, folder: place(name), store: place(`${name}/s`), like: place('built') });
    await lab.configure('mirrors.yaml', JSON.stringify({ mirrors: { ours: mirror } }));
    return lab;
  };
  /** Packs what the builder installed, as our own jobs do, and pushes it. */
  const packAndPush = async (store: ObjectStore, id: BuildcacheName) => {
    const { spec } = (await (await layoutAt('unsigned')).read(id, { requireSignature: false }))!;
    const [node] = spec.nodes;
    const root = place('built/a-store-with-a-long-enough-name');
    const prefixes = new Map<string, string>();
    for (const { name, hash, external } of spec.nodes) {
      const prefix = external === undefined ? await installedPrefix(root, name) : undefined;
      if (prefix !== undefined) prefixes.set(hash, prefix);
    }
    const prefix = prefixes.get(node.hash)!;
    const output = join(await mkdtemp(place('packing-')), 'tarball');
    const tarball = await packPrefix({ folder: prefix, prefix, output, node, prefixes, storeRoot: root });
    const nodes = new Map(spec.nodes.map((one) => [one.hash, one]));
    const lock = { lockfileVersion: 6, specfileVersion: spec.version, spack: {}, roots: [], nodes };
    await pushEntry(store, { lock, hash: node.hash, tarball });
  };
  /** How many signed files there are, each of which gpg says yes to. */
  const verifiedByGpg = async (name: string): Promise<number> => {
    const home = await mkdtemp(place('gpg-'));
    const call = (...words: string[]) => run(gpg!, ['--homedir', home, '--batch', '--no-tty', ...words]);
    await call('--import', place('ours.pub'));
    const files = (await readdir(place(name), { recursive: true })).filter((file) =>
      /\.spec\.(manifest\.json|json\.sig)$/.test(file),
    );
    for (const file of files)
      expect((await call('--verify', join(place(name), file))).stderr).toContain('Good signature from "Ours');
    return files.length;
  };
  const installed = async (name: string) => {
    const prefix = (await installedPrefix(place(`${name}/s`), 'gauge')) as string;
    const tide = (await installedPrefix(place(`${name}/s`), 'tide')) as string;
    // Spack fills what a path in a program is shorter with slashes before it.
    expect(normalize((await run(join(prefix, 'bin/gauge'))).stdout.trim())).toBe(tide);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-spack-'));
    builder = await spackLab({ root, folder: place('built'), store: place('built/a-store-with-a-long-enough-name') });
    await builder.spack('install', 'gauge');
    await builder.spack('gpg', 'create', 'Lab', 'lab@example.org');
    await builder.spack('gpg', 'export', place('spack.pub'));
    await builder.spack('buildcache', 'push', '--update-index', url('signed'), 'gauge');
    await builder.spack('buildcache', 'push', '--unsigned', '--update-index', url('unsigned'), 'gauge');
    signer = createSigner(await generateKey({ name: 'Ours', date: new Date(), algorithm: 'ed25519' }));
    await writeFile(place('ours.pub'), signer.publicKey);
    trusted = { verifier: createVerifier(await readFile(place('spack.pub'), 'utf8')), requireSignature: true };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('we read, verify and install what it pushed, and refuse what it did not sign', async () => {
    const layout = await layoutAt('signed');
    expect(layout.kind).toBe(isOld ? 'v2' : 'v3');
    const listed = await gather(layout.list());
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['gauge', 'tide', 'gcc-runtime']));
    await mkdir(place('ours'));
    for (const id of listed) {
      const entry = (await layout.read(id, trusted))!;
      expect(entry.signedBy).toMatch(/^[0-9A-F]{40}$/);
      const prefix = await installEntry(layout.store, entry, { folder: place(`ours/${id.name}`) });
      expect(prefix).toContain('a-store-with-a-long-enough-name');
    }
    const unsigned = await layoutAt('unsigned');
    const gauge = listed.find(({ name }) => name === 'gauge')!;
    await expect(unsigned.read(gauge, trusted)).rejects.toMatchObject({ code: 'MIRROR_SIGNATURE_MISSING' });
    const stranger = { verifier: createVerifier(signer.publicKey), requireSignature: true };
    await expect(layout.read(gauge, stranger)).rejects.toMatchObject({ code: 'MIRROR_SIGNATURE_KEY_UNKNOWN' });
  });

  test('it installs, signatures on, from a mirror that we wrote; not while it lacks our key', async () => {
    const between = folderStore(place('between'), { durable: false });
    for (const id of await gather((await layoutAt('unsigned')).list())) await packAndPush(between, id);
    const store = folderStore(place('written'), { durable: false });
    const done = await migrate(v3Layout(between), isOld ? v2Layout(store) : v3Layout(store));
    expect(new Set(done.map(({ signature, tarball }) => `${signature} ${tarball}`))).toEqual(new Set(['made shared']));
    expect(await verifiedByGpg('written')).toBe(done.length);
    const lab = await reader('reader', { url: url('written'), signed: true });
    expect(await lab.trySpack('install', '--cache-only', 'gauge')).toMatchObject({ failed: true });
    await lab.spack('gpg', 'trust', place('ours.pub'));
    expect(await lab.spack('buildcache', 'list', '--allarch')).toContain('gauge@2.1');
    await lab.spack('install', '--cache-only', 'gauge');
    await installed('reader');
  });

  test('it installs with its own signatures from a mirror that kept them', async () => {
    const store = folderStore(place('kept'), { durable: false });
    const done = await migrate(await layoutAt('signed'), isOld ? v2Layout(store) : v3Layout(store), trusted);
    expect(new Set(done.map(({ signature }) => signature))).toEqual(new Set(['kept']));
    const lab = await reader('kept-reader', { url: url('kept'), signed: true });
    await lab.spack('gpg', 'trust', place('spack.pub'));
    await lab.spack('install', '--cache-only', 'gauge');
    await installed('kept-reader');
  });

  // Its spec files name the compiler, as those of layout 0 do.
  test.runIf(isOld)('it installs, signatures on, what was taken over from a mirror of layout 0', async () => {
    const sign = (file: string) =>
      run(gpg!, ['--homedir', place('built/gpg'), '--batch', '--no-tty', '--armor', '--detach-sign', file]);
    await writeOldest(await layoutAt('signed'), place('oldest'), sign);
    const from = folderStore(place('oldest'), { durable: false });
    expect(await isOldest(from)).toBe(true);
    const verifier = createDetachedVerifier(await readFile(place('spack.pub'), 'utf8'));
    const to = v2Layout(folderStore(place('renewed'), { durable: false }));
    const scratch = await mkdtemp(place('scratch-'));
    const taking = { verifier, requireSignature: true, scratch, sign: (text: string) => signer.sign(text) };
    const done = await gather(importOldest(from, to, taking));
    expect(new Set(done.map(({ signature, tarball }) => `${signature} ${tarball}`))).toEqual(new Set(['made sent']));
    const before = (await gather((await layoutAt('signed')).list())).find(({ name }) => name === 'gauge')!.hash;
    const now = (await gather(to.list())).find(({ name }) => name === 'gauge')!.hash;
    expect(now).not.toBe(before);
    const lab = await reader('renewed-reader', { url: url('renewed'), signed: true });
    await lab.spack('gpg', 'trust', place('ours.pub'));
    await lab.spack('install', '--cache-only', `/${now}`);
    await installed('renewed-reader');
    expect(await lab.spack('find', '--format', '{hash}', 'gauge')).toContain(now);
  });

  // Spack before 1.0 speaks only HTTPS to a registry.
  describe.skipIf(isOld || dockerRegistry === undefined)('a registry', () => {
    let registry: DockerRegistry;
    beforeAll(async () => {
      registry = await startDockerRegistry(dockerRegistry as string, place('registry'));
    });
    afterAll(() => registry.stop());

    test('we read and install what it pushed there', async () => {
      const address = `oci+http://${registry.host}/lab/spack`;
      await builder.spack('buildcache', 'push', '--unsigned', '--update-index', address, 'gauge');
      const layout = await detectLayout(await storeFromUrl(address, {}));
      const listed = await gather(layout.list());
      expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['gauge', 'tide']));
      const gauge = (await layout.read(
        listed.find(({ name }) => name === 'gauge')!,
        { requireSignature: false },
      ))!;
      await installEntry(layout.store, gauge, { folder: place('from-registry') });
      expect(await readFile(place('from-registry/.spack/spec.json'), 'utf8')).toContain(gauge.id.hash);
    });

    test('it installs what we wrote there, and signatures are kept for us', async () => {
      const address = `oci+http://${registry.host}/lab/ours`;
      const to = v3Layout(await storeFromUrl(address, {}));
      await migrate(await layoutAt('signed'), to, trusted);
      for (const id of await gather(to.list()))
        expect((await to.read(id, trusted))?.signedBy).toMatch(/^[0-9A-F]{40}$/);
      const lab = await reader('oci-reader', { url: address, signed: false });
      // This Spack looks for the index of a registry without TLS where there is none, so it is not listed.
      await lab.spack('install', '--cache-only', 'gauge');
      await installed('oci-reader');
    });
  });
});
