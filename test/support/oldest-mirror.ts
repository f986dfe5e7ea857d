import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readYaml, sha256 } from '../../src/kit/index.ts';
import { installEntry, type Entry, type MirrorLayout } from '../../src/mirror/index.ts';
import { v2TarballKey, type SpecNode } from '../../src/spack/index.ts';
import { gather } from './gather.ts';

const run = promisify(execFile);

/**
 * Writes what Spack 0.23 pushed once more, into layout 0 as Spack 0.16 wrote it: packages alone in their tarballs, spec
 * files in YAML without package hashes, detached signatures, all in one archive each.
 */
export async function writeOldest(
  from: MirrorLayout,
  folder: string,
  /** Makes `<file>.asc`. */
  sign: (file: string) => Promise<unknown>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const id of await gather(from.list())) {
    const entry = (await from.read(id, { requireSignature: false }))!;
    const work = await mkdtemp(join(folder, 'work-'));
    const tarballKey = v2TarballKey(entry.spec.nodes);
    const stem = basename(tarballKey, '.spack');
    const { tarball, relativePrefix } = await packOldest(from, entry, { work, stem });
    const spec = {
      spec: entry.spec.nodes.map(toOldNode),
      binary_cache_checksum: { hash_algorithm: 'sha256', hash: sha256(await readFile(join(work, tarball))) },
      buildinfo: { relative_prefix: relativePrefix, relative_rpaths: false },
    };
    // JSON is YAML too.
    await writeFile(join(work, `${stem}.spec.yaml`), JSON.stringify(spec, undefined, 1));
    await sign(join(work, `${stem}.spec.yaml`));
    const parts = [tarball, `${stem}.spec.yaml`, `${stem}.spec.yaml.asc`];
    await mkdir(dirname(join(folder, tarballKey)), { recursive: true });
    await run('tar', ['-cf', join(folder, tarballKey), '-C', work, ...parts]);
    await rename(join(work, `${stem}.spec.yaml`), join(folder, `build_cache/${stem}.spec.yaml`));
    await rm(work, { recursive: true });
  }
}

async function packOldest(
  { store }: MirrorLayout,
  entry: Entry,
  { work, stem }: { readonly work: string; readonly stem: string },
): Promise<{ tarball: string; relativePrefix: string }> {
  const unpacked = join(work, 'unpacked');
  const prefix = await installEntry(store, entry, { folder: unpacked });
  const [inner, tarball] = [join(work, basename(prefix)), `${stem}.tar.gz`];
  await rename(unpacked, inner);
  const place = join(inner, '.spack/binary_distribution');
  type Place = Record<string, unknown> & { hash_to_prefix: Record<string, string>; relative_prefix: string };
  const { hash_to_prefix: prefixes, ...said } = readYaml(await readFile(place, 'utf8'), place).value as Place;
  const prefixToHash = Object.fromEntries(Object.entries(prefixes).map(([hash, path]) => [path, hash]));
  await writeFile(place, JSON.stringify({ ...said, prefix_to_hash: prefixToHash }));
  await rm(join(inner, '.spack/spec.json'));
  await writeFile(join(inner, '.spack/spec.yaml'), JSON.stringify({ spec: entry.spec.nodes.map(toOldNode) }));
  await run('tar', ['-czf', join(work, tarball), '-C', work, basename(prefix)]);
  return { tarball, relativePrefix: said.relative_prefix };
}

/** Format 1: named by its key, dependencies by theirs; it knows no package hash and no virtual packages. */
function toOldNode({ name, dependencies = [], ...node }: SpecNode): Record<string, unknown> {
  const needs = dependencies.map(({ name: need, hash, parameters: { deptypes } }) => [need, { hash, type: deptypes }]);
  const said = { ...node, ...(needs.length > 0 ? { dependencies: Object.fromEntries(needs) } : {}) };
  return { [name]: Object.fromEntries(Object.entries(said).filter(([key]) => key !== 'package_hash')) };
}
