import { cp, mkdir, readFile, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { gather } from '../../../test/support/gather.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { testSigner } from '../../../test/support/signed-mirror.ts';
import { createDetachedVerifier, createVerifier } from '../../notary/index.ts';
import { readYaml, sha256 } from '../../kit/index.ts';
import { verifyMirror } from '../maintenance/verify.ts';
import { installEntry } from '../entries/install.ts';
import { v2Layout } from '../layouts/v2-layout.ts';
import { v3Layout } from '../layouts/v3-layout.ts';
import { folderStore } from '../stores/folder-store.ts';
import { readSpecFile, type SpecNode } from '../../spack/index.ts';
import { importOldest, isOldest, type ImportOptions } from './import-oldest.ts';

/** Written and signed by Spack 0.16.1. */
const fixture = join(import.meta.dirname, '../../../test/fixtures/mirror-0.16');
const stem = 'linux-debian12-x86_64-gcc-12.2.0-tide-1.0-t7rvh6ocmoxenzlqk7r6x5ynvcidfgi6';
const archive = `build_cache/linux-debian12-x86_64/gcc-12.2.0/tide-1.0/${stem}.spack`;

async function start() {
  const folder = await temporaryFolder();
  await cp(fixture, join(folder, 'old'), { recursive: true });
  const [from, store] = [folderStore(join(folder, 'old')), folderStore(join(folder, 'new'), { durable: false })];
  const keys = await readFile(join(fixture, 'key.pub'), 'utf8');
  const trusted = { verifier: createDetachedVerifier(keys), requireSignature: true };
  const bring = (to = v3Layout(store), more: Partial<ImportOptions> = {}) =>
    gather(importOldest(from, to, { ...trusted, scratch: folder, ...more }));
  return { folder, from, store, bring };
}

test.each([
  ['v3', v3Layout],
  ['v2', v2Layout],
])('what Spack 0.16 pushed is installed from layout %s, and names the places of today', async (_, layoutOf) => {
  const { folder, from, store, bring } = await start();
  const { sign, publicKey } = await testSigner('lab');
  expect(await isOldest(from)).toBe(true);
  const layout = layoutOf(store);
  const done = await bring(layout, { sign });
  expect(done.map(({ signature, tarball }) => `${signature} ${tarball}`)).toEqual(['made sent', 'made sent']);
  expect(done[0]!.entry).toMatch(/^gauge-2\.1-\w{32} \(was \/bwlkyyykteo3ssk5pf2uylog6oo6yzyb\)$/);
  const read = { verifier: createVerifier(publicKey), requireSignature: true };
  const prefixes = new Map<string, string>();
  for (const id of await gather(layout.list())) {
    const entry = (await layout.read(id, read))!;
    const prefix = await installEntry(layout.store, entry, { folder: join(folder, id.name) });
    expect(prefix).toBe(`/srv/spack-lab/opt/linux-debian12-x86_64/gcc-12.2.0/${id.name}-${id.version}-${id.hash}`);
    prefixes.set(id.name, prefix);
  }
  const tide = prefixes.get('tide')!;
  expect(await readFile(join(folder, 'tide/share/tide.txt'), 'utf8')).toBe(`${tide}\n`);
  expect(await readFile(join(folder, 'gauge/bin/gauge'), 'utf8')).toBe(`#!/bin/sh\ncat ${tide}/share/tide.txt\n`);
  expect(await readlink(join(folder, 'gauge/tide.txt'))).toBe(`${tide}/share/tide.txt`);
  // Spack would take a spec.yaml for the package's own.
  expect((await readdir(join(folder, 'gauge/.spack'))).filter((name) => /spec/.test(name)).toSorted()).toEqual([
    'layout-0.spec.yaml',
    'spec.json',
  ]);
  const record = await readFile(join(folder, 'gauge/.spack/layout-0.spec.yaml'), 'utf8');
  expect(record).toContain('bwlkyyykteo3ssk5pf2uylog6oo6yzyb');
  expect((await bring(layout, { sign })).map(({ signature }) => signature)).toEqual(['there', 'there']);
});

test('packages of Spack 0.17, whose spec files are JSON, come too', async () => {
  const { folder, store, bring } = await start();
  await toJson(join(folder, 'old'));
  const done = await bring(undefined, { requireSignature: false });
  expect(done.map(({ signature, tarball }) => `${signature} ${tarball}`)).toEqual(['none sent', 'none sent']);
  for (const id of await gather(v3Layout(store).list())) {
    const entry = (await v3Layout(store).read(id, { requireSignature: false }))!;
    await installEntry(store, entry, { folder: join(folder, id.name) });
    const record = await readFile(join(folder, id.name, '.spack/layout-0.spec.json'), 'utf8');
    expect(readSpecFile(record, { allowOld: true })).toMatchObject({ version: 2 });
    expect(record).toContain('t7rvh6ocmoxenzlqk7r6x5ynvcidfgi6');
    // Dependencies say their types as the format of today does.
    const [node] = readSpecFile(await readFile(join(folder, id.name, '.spack/spec.json'), 'utf8')).nodes;
    for (const need of node.dependencies ?? []) expect(Object.keys(need)).toEqual(['name', 'hash', 'parameters']);
  }
});

/**
 * Writes the fixture once more as Spack 0.17 would have: spec files of format 2, in packages and beside them; unsigned.
 */
async function toJson(folder: string): Promise<void> {
  for (const name of (await readdir(join(folder, 'build_cache'))).filter((one) => one.endsWith('.spec.yaml'))) {
    const base = name.slice(0, -'.spec.yaml'.length);
    const work = join(folder, `work-${base}`);
    const yaml = join(folder, 'build_cache', name);
    const text = await readFile(yaml, 'utf8');
    const { buildinfo } = readYaml(text, name).value as { buildinfo: unknown };
    const spec = { _meta: { version: 2 }, nodes: readSpecFile(text, { allowOld: true }).nodes.map(toFormat2) };
    const files = await readdir(join(folder, 'build_cache'), { recursive: true });
    const path = join(
      folder,
      'build_cache',
      files.find((one) => one.endsWith(`${base}.spack`))!,
    );
    await mkdir(work);
    await execa('tar', ['-xf', path, '-C', work]);
    await mkdir(join(work, 'inner'));
    await execa('tar', ['-xzf', join(work, `${base}.tar.gz`), '-C', join(work, 'inner')]);
    const [prefix = ''] = await readdir(join(work, 'inner'));
    await rm(join(work, 'inner', prefix, '.spack/spec.yaml'));
    await writeFile(join(work, 'inner', prefix, '.spack/spec.json'), JSON.stringify({ spec }));
    await execa('tar', ['-czf', join(work, `${base}.tar.gz`), '-C', join(work, 'inner'), prefix]);
    const checksum = { hash_algorithm: 'sha256', hash: sha256(await readFile(join(work, `${base}.tar.gz`))) };
    const document = { spec, buildinfo, binary_cache_checksum: checksum };
    await writeFile(join(work, `${base}.spec.json`), JSON.stringify(document));
    await execa('tar', ['-cf', path, '-C', work, `${base}.tar.gz`, `${base}.spec.json`]);
    await rename(join(work, `${base}.spec.json`), join(dirname(yaml), `${base}.spec.json`));
    await rm(yaml);
    await rm(work, { recursive: true });
  }
}

/** Nodes have a hash of their build beside the one that counts, and it is this one that dependencies say. */
function toFormat2({ dependencies, ...node }: SpecNode): object {
  const buildHash = (hash: string) => `b${hash.slice(1)}`;
  const needs = dependencies?.map(({ name, hash, parameters }) => ({
    name,
    build_hash: buildHash(hash),
    type: parameters.deptypes,
  }));
  return { ...node, ...(needs === undefined ? {} : { dependencies: needs }), build_hash: buildHash(node.hash) };
}

test('it passes our own looking through, unsigned too, and the lost signature is reported', async () => {
  const { store, bring } = await start();
  expect((await bring()).map(({ signature }) => signature)).toEqual(['lost', 'lost']);
  const findings = await gather(verifyMirror(store, { requireSignature: false }));
  expect(findings.map(({ kind }) => kind)).toEqual(['ok', 'ok']);
});

test.each([
  ['another key', 'MIRROR_SIGNATURE_KEY_UNKNOWN'],
  ['no key', 'MIRROR_SIGNATURE_UNCHECKED'],
])('with %s nothing comes', async (which, code) => {
  const { bring } = await start();
  const stranger = createDetachedVerifier((await testSigner('stranger')).publicKey);
  const done = await bring(undefined, which === 'no key' ? { verifier: undefined } : { verifier: stranger });
  expect(done.map(({ reason }) => reason)).toEqual([expect.stringContaining(code), expect.stringContaining(code)]);
});

const tampering: readonly [string, string, (bytes: Buffer) => Buffer][] = [
  [
    'its tarball',
    'MIRROR_BLOB_DIGEST_WRONG',
    (bytes) => altered(bytes, bytes.indexOf(Buffer.from('1f8b08', 'hex')) + 60),
  ],
  ['its spec file', 'MIRROR_SIGNATURE_INVALID', (bytes) => altered(bytes, bytes.indexOf('hash_algorithm'))],
  ['its signature', 'MIRROR_SIGNATURE_M', (bytes) => altered(bytes, bytes.indexOf('-----BEGIN PGP SIGNATURE'))],
  ['its end', 'MIRROR_ARCHIVE_BROKEN', (bytes) => bytes.subarray(0, 600)],
];

test.each(tampering)('a package is refused when %s is altered, and the others come', async (_, code, change) => {
  const { folder, bring } = await start();
  const path = join(folder, 'old', archive);
  await writeFile(path, change(await readFile(path)));
  const done = await bring();
  expect(done.map(({ signature }) => signature)).toEqual(['lost', 'refused']);
  expect(done[1]!.reason).toContain(code);
});

test('a package copied over the name of another is refused', async () => {
  const { folder, from, bring } = await start();
  const [gauge] = (await gather(from.list('build_cache/'))).filter(({ key }) => /gauge.*spack$/.test(key));
  await cp(join(folder, 'old', gauge!.key), join(folder, 'old', archive));
  expect((await bring())[1]!.reason).toContain('MIRROR_SPEC_INVALID');
});

function altered(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
