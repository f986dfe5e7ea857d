import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ifExists, messageOf, readYaml } from '../../kit/index.ts';
import {
  closure,
  parseV2SpecKey,
  readSpecFile,
  v2Folder,
  v2TarballKey,
  writeSpecFile,
  type SpecFile,
} from '../../spack/index.ts';
import { packPrefix, type PackedTarball } from '../archive/pack.ts';
import { unpackTarball } from '../archive/unpack.ts';
import type { SignText } from '../catalog/index-statement.ts';
import { checkDigest, entryName } from '../entries/blob-records.ts';
import { mirrorError } from '../errors.ts';
import type { MirrorLayout } from '../layouts/layout.ts';
import { refusedEntry, type Migrated } from '../layouts/migrate.ts';
import { writeEntry } from '../layouts/push.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { signedBy, type DetachedVerifier } from '../verifier.ts';
import { openOldArchive, readOldDistribution, type OldArchive } from './old-archive.ts';
import { renewSpec, type RenewedSpec } from './renew-spec.ts';
import { keptSpecFiles, swapHashes } from './swap-hashes.ts';

export interface ImportOptions {
  /** Without one signatures are not checked, which is refused where they are required. */
  readonly verifier?: DetachedVerifier;
  readonly requireSignature: boolean;
  /** Signs the new entries; without it they are unsigned. */
  readonly sign?: SignText;
  /** An existing folder for temporary files. */
  readonly scratch: string;
  readonly signal?: AbortSignal;
}

/**
 * Whether a store holds a build cache of layout 0, as Spack up to 0.18 wrote it. A mirror that has both counts as
 * newer.
 */
export async function isOldest(store: ObjectStore): Promise<boolean> {
  for await (const { key } of store.list(v2Folder)) {
    const kind = oldKind(key);
    if (kind !== undefined) return kind === 'yaml' || namesNoLayout(store, key);
    if (parseV2SpecKey(key) !== undefined) return false;
  }
  return false;
}

/**
 * Imports the packages of a build cache of layout 0: each tarball is checked against its (verified) spec file,
 * unpacked, and packed as Spack packs today, for the prefix that it was built for. Their hashes are new, since the old
 * ones cannot be checked; each package keeps its old spec file as `.spack/layout-0.spec.yaml`. Refused packages are
 * reported and left behind; those that the target has are skipped.
 */
export async function* importOldest(
  from: ObjectStore,
  to: MirrorLayout,
  options: ImportOptions,
): AsyncIterable<Migrated> {
  for await (const key of oldSpecFiles(from)) {
    options.signal?.throwIfAborted();
    const scratch = await mkdtemp(join(options.scratch, 'oldest-'));
    const entry = key.slice(v2Folder.length).replace(/\.spec\.(?:yaml|json)$/, '');
    try {
      yield await importEntry({ from, to, key }, { ...options, scratch });
    } catch (error) {
      yield refusedEntry(entry, error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  await to.publishIndex();
}

async function importEntry(
  { from, to, key }: { readonly from: ObjectStore; readonly to: MirrorLayout; readonly key: string },
  options: ImportOptions,
): Promise<Migrated> {
  const listed = readOld((await from.get(key))?.toString() ?? '', key);
  const archiveKey = v2TarballKey(listed.nodes);
  const source = await from.open(archiveKey);
  if (source === undefined)
    throw mirrorError('MIRROR_BLOB_MISSING', { digest: archiveKey, part: 'archive', entry: key, store: from.url });
  const archive = await openOldArchive(source, options.scratch);
  const spec = readOld(archive.specFile, key);
  const entry = entryName(spec.nodes[0]);
  if (spec.nodes[0].hash !== listed.nodes[0].hash)
    throw mirrorError('MIRROR_ENTRY_MISMATCH', { entry: entryName(listed.nodes[0]), found: entry });
  await checkSignature(archive, entry, options);
  checkDigest({ checksum: checksumOf(archive.specFile, entry), contentLength: 0 }, archive.sha256, {
    entry,
    part: 'tarball',
  });
  const renewed = renewSpec(spec);
  const [id] = renewed.nodes;
  const name = `${entryName(id)} (was /${spec.nodes[0].hash})`;
  if ((await to.read(id, { requireSignature: false })) !== undefined)
    return { entry: name, tarball: 'present', signature: 'there' };
  const tarball = await packAgain(archive, { old: spec, renewed }, options.scratch);
  await writeEntry(to, { id, spec: renewed, tarball }, options.sign);
  const lost = archive.signature === undefined ? 'none' : 'lost';
  return { entry: name, tarball: 'sent', signature: options.sign === undefined ? lost : 'made' };
}

async function packAgain(
  { tarball }: OldArchive,
  { old, renewed }: { old: SpecFile; renewed: RenewedSpec },
  scratch: string,
): Promise<PackedTarball> {
  const { root, prefix, spackPrefix, prefixes, ...built } = await readOldDistribution(tarball);
  const folder = join(scratch, 'unpacked');
  const siblings = old.nodes.map(({ name, version, hash }) => `/${name}-${version}-${hash}`);
  await unpackTarball({ source: tarball, folder, linkRoots: () => [root, ...siblings], isOld: true });
  await setSpecAside(folder);
  const [node] = renewed.nodes;
  const lock = { nodes: new Map(renewed.nodes.map((one) => [one.hash, one])), specfileVersion: renewed.version };
  const needed = closure(lock, [node.hash], ['link', 'run']);
  const hashes = new Map([...renewed.hashes].filter(([, now]) => needed.has(now)));
  await swapHashes(folder, hashes);
  const known = [...hashes].flatMap(([before, now]) => {
    const path = before === old.nodes[0].hash ? prefix : prefixes.get(before);
    return path === undefined ? [] : [[now, path.replaceAll(before, now)] as const];
  });
  const { sbang = `${spackPrefix}/bin/sbang` } = built;
  return packPrefix({
    folder,
    prefix: prefix.replaceAll(old.nodes[0].hash, node.hash),
    output: join(scratch, 'packed.tar.gz'),
    node,
    prefixes: new Map(known),
    specFile: writeSpecFile({ ...lock, lockfileVersion: 0, spack: {}, roots: [] }, node.hash),
    storeRoot: root,
    spack: spackPrefix === undefined ? undefined : { prefix: spackPrefix, sbang },
  });
}

/**
 * Spack reads a `.spack/spec.yaml` that is there before any other, and would take the package for one that is not
 * installed.
 */
async function setSpecAside(folder: string): Promise<void> {
  for (const [name, aside] of keptSpecFiles) await ifExists(rename(join(folder, name), join(folder, aside)));
}

async function checkSignature(
  { specFile, signature }: OldArchive,
  entry: string,
  { verifier, requireSignature }: ImportOptions,
): Promise<void> {
  if (signature === undefined) {
    if (requireSignature) throw mirrorError('MIRROR_SIGNATURE_MISSING', { entry });
  } else if (verifier !== undefined) {
    await signedBy(() => verifier(Buffer.from(specFile), signature), entry);
  } else if (requireSignature) {
    throw mirrorError('MIRROR_SIGNATURE_UNCHECKED', { entry });
  }
}

function readOld(text: string, key: string): SpecFile {
  try {
    const spec = readSpecFile(text, { file: key, allowOld: true });
    if (!key.includes(spec.nodes[0].hash)) throw new Error(`it is the spec of /${spec.nodes[0].hash}`);
    return spec;
  } catch (error) {
    throw mirrorError('MIRROR_SPEC_INVALID', { entry: key, reason: messageOf(error) }, { cause: error });
  }
}

const Checksum = z.object({
  binary_cache_checksum: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
});

function checksumOf(specFile: string, entry: string): string {
  const { data } = Checksum.safeParse(readYaml(specFile, 'spec.yaml').value);
  if (data !== undefined) return data.binary_cache_checksum.hash;
  throw mirrorError('MIRROR_SPEC_INVALID', { entry, reason: 'it names no SHA-256 of its tarball' });
}

/** Keys of spec files that only layout 0 has: YAML, or JSON (Spack 0.17 and 0.18) that names no layout. */
async function* oldSpecFiles(store: ObjectStore): AsyncIterable<string> {
  for await (const { key } of store.list(v2Folder)) {
    const kind = oldKind(key);
    if (kind === 'yaml' || (kind === 'json' && (await namesNoLayout(store, key)))) yield key;
  }
}

function oldKind(key: string): string | undefined {
  return /^build_cache\/[^/]+-[a-z2-7]{32}\.spec\.(yaml|json)$/.exec(key)?.[1];
}

async function namesNoLayout(store: ObjectStore, key: string): Promise<boolean> {
  return (await store.get(key))?.includes('"buildcache_layout_version"') === false;
}
