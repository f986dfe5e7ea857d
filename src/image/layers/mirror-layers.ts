import { createReadStream } from 'node:fs';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { compareText } from '../../kit/index.ts';
import type { MirrorTree, TreeFile } from '../contents/mirror-tree.ts';
import { parentsOf } from '../paths.ts';
import { describePackage, type PlannedLayer } from '../plan.ts';
import type { Compression, LayerMaker } from './layer-cache.ts';
import type { LayerEntry } from './own-layer.ts';
import { MIRROR_ANNOTATION, annotated, packagesText, type ImageLayer } from './package-layers.ts';

interface MirrorLayerParts {
  readonly tree: MirrorTree;
  readonly make: LayerMaker;
  /** Of what is compressed already, so by default nothing more is done. */
  readonly compression: Compression;
  /** Where the build cache lies in the image, absolute. */
  readonly path: string;
}

/** A layer with the files that a build cache has of some packages. Blobs that several of them share come once. */
export async function mirrorLayer({ packages }: PlannedLayer, parts: MirrorLayerParts): Promise<ImageLayer> {
  const { tree, path } = parts;
  const all = packages.flatMap(({ node }) => tree.files.get(node.hash) ?? []);
  const files = [...new Map(all.map((file) => [file.path, file])).values()];
  const key = await Promise.all(files.map((file) => keyOf(tree, file)));
  const made = await parts.make({
    key: [`mirror at ${path}`, ...key].join('\n'),
    compression: parts.compression,
    tar: () => filesTar(files, parts),
  });
  return {
    blob: annotated(made.blob, { [MIRROR_ANNOTATION]: packagesText(packages) }),
    diffId: made.diffId,
    createdBy: `slipway: build cache of ${packages.map(({ node }) => describePackage(node)).join(' ')}`,
  };
}

/** What a build cache has beside its packages: the index, the keys, what marks the layout. */
export async function commonEntries(tree: MirrorTree, path: string): Promise<readonly LayerEntry[]> {
  const owned = new Set([...tree.files.values()].flat().map((file) => file.path));
  const entries: LayerEntry[] = [];
  for (const name of (await readdir(tree.folder, { recursive: true })).toSorted()) {
    if (owned.has(name) || !(await lstat(join(tree.folder, name))).isFile()) continue;
    const bytes = await readFile(join(tree.folder, name));
    entries.push({ kind: 'file', path: `${path.slice(1)}/${name}`, bytes, mode: 0o644 });
  }
  return entries;
}

/** Blobs are told by their digests; other files (manifests, spec files) are small and are told by their content. */
async function keyOf(tree: MirrorTree, { path, sha256, sameAs }: TreeFile): Promise<string> {
  if (sameAs !== undefined) return `${path} as ${sameAs}`;
  return `${path} ${sha256 ?? (await readFile(join(tree.folder, path))).toString('base64')}`;
}

async function* filesTar(
  files: readonly TreeFile[],
  { tree, path: root }: MirrorLayerParts,
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const writing = writeAll(archive, files, { tree, root: root.slice(1) });
  writing.catch((error: unknown) => archive.destroy(error as Error));
  yield* archive as unknown as AsyncIterable<Uint8Array>;
  await writing;
}

async function writeAll(
  archive: ReturnType<typeof pack>,
  files: readonly TreeFile[],
  { tree, root }: { tree: MirrorTree; root: string },
): Promise<void> {
  const time = { mtime: new Date(0), uid: 0, gid: 0 };
  const folders = new Set(files.flatMap(({ path }) => parentsOf(`${root}/${path}`)));
  for (const name of [...folders].toSorted()) archive.entry({ ...time, name, type: 'directory', mode: 0o755 });
  // What others are links to comes first.
  const isLink = ({ sameAs }: TreeFile) => (sameAs === undefined ? 0 : 1);
  for (const { path, sameAs } of files.toSorted((a, b) => isLink(a) - isLink(b) || compareText(a.path, b.path))) {
    const name = `${root}/${path}`;
    if (sameAs !== undefined) {
      archive.entry({ ...time, name, type: 'link', linkname: `${root}/${sameAs}`, mode: 0o644 });
      continue;
    }
    const source = join(tree.folder, path);
    const entry = archive.entry({ ...time, name, size: (await lstat(source)).size, mode: 0o644 });
    const written = new Promise<void>((resolve, reject) => {
      entry.on('error', reject);
      entry.on('close', () => resolve());
    });
    const file = createReadStream(source);
    file.on('error', (error) => entry.destroy(error));
    file.pipe(entry);
    await written;
  }
  archive.finalize();
}
