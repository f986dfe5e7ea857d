import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareText } from '../../kit/index.ts';
import type { MirrorTree, TreeFile } from '../contents/mirror-tree.ts';
import { parentsOf } from '../paths.ts';
import { describePackage, type PlannedLayer } from '../plan.ts';
import type { Compression, LayerMaker } from './layer-cache.ts';
import { layerTar, type LayerEntry } from './layer-tar.ts';
import { MIRROR_ANNOTATION, annotated, packagesText, type ImageLayer } from './package-layers.ts';

interface MirrorLayerParts {
  readonly tree: MirrorTree;
  readonly make: LayerMaker;
  /** The files are compressed already, so the default is `none`. */
  readonly compression: Compression;
  /** Path of the build cache in the image, absolute. */
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
    tar: () => layerTar(entriesOf(files, parts)),
  });
  return {
    blob: annotated(made.blob, { [MIRROR_ANNOTATION]: packagesText(packages) }),
    diffId: made.diffId,
    createdBy: `slipway: build cache of ${packages.map(({ node }) => describePackage(node)).join(' ')}`,
  };
}

/** The files of a build cache that belong to no package: the index, the keys, the mark of the layout. */
export async function commonEntries(tree: MirrorTree, path: string): Promise<readonly LayerEntry[]> {
  const owned = new Set([...tree.files.values()].flat().map((file) => file.path));
  const entries: LayerEntry[] = [];
  for (const name of (await readdir(tree.folder, { recursive: true })).toSorted()) {
    if (owned.has(name) || !(await lstat(join(tree.folder, name))).isFile()) continue;
    const content = await readFile(join(tree.folder, name));
    entries.push({ kind: 'file', path: `${path.slice(1)}/${name}`, content });
  }
  return entries;
}

/** Identifies a blob by its digest, and other files (manifests, spec files), which are small, by their content. */
async function keyOf(tree: MirrorTree, { path, sha256, sameAs }: TreeFile): Promise<string> {
  if (sameAs !== undefined) return `${path} as ${sameAs}`;
  return `${path} ${sha256 ?? (await readFile(join(tree.folder, path))).toString('base64')}`;
}

function entriesOf(files: readonly TreeFile[], { tree, path: root }: MirrorLayerParts): readonly LayerEntry[] {
  const inside = (path: string) => `${root.slice(1)}/${path}`;
  const folders = new Set(files.flatMap(({ path }) => parentsOf(inside(path))));
  const sorted = files.toSorted((a, b) => compareText(a.path, b.path));
  return [
    ...[...folders].toSorted().map((path): LayerEntry => ({ kind: 'folder', path })),
    ...sorted.flatMap(({ path, sameAs }): readonly LayerEntry[] =>
      sameAs === undefined ? [{ kind: 'copy', path: inside(path), source: join(tree.folder, path) }] : [],
    ),
    // After what they are links to.
    ...sorted.flatMap(({ path, sameAs }): readonly LayerEntry[] =>
      sameAs === undefined ? [] : [{ kind: 'hard', path: inside(path), target: inside(sameAs) }],
    ),
  ];
}
