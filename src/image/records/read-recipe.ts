import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { ObjectStore } from '../../mirror/index.ts';
import { blobKey } from '../../spack/index.ts';
import type { SpecNode } from '../../spack/index.ts';
import type { PackageTarball } from '../plan.ts';

const MAX_RECIPE = 4 * 1024 * 1024;

/**
 * The recipe that a package was built with: Spack leaves it in the prefix, as
 * `.spack/repos/…/packages/<name>/package.py`. Undefined where there is none. Reads no more of the tarball than the folder
 * `.spack`, which comes first in what Spack and we pack.
 */
export async function readRecipe(
  store: ObjectStore,
  { node, tarball }: { readonly node: SpecNode; readonly tarball: PackageTarball },
): Promise<string | undefined> {
  const source = await store.open(blobKey(tarball.sha256));
  if (source === undefined) return undefined;
  const extractor = extract();
  const feeding = pipeline(source, createGunzip(), extractor).catch(() => undefined);
  let isInside = false;
  try {
    for await (const entry of extractor) {
      const { name, size } = entry.header;
      if (isRecipeOf(name, node) && (size ?? 0) <= MAX_RECIPE) return (await buffer(entry)).toString('utf8');
      const isMetadata = /\/\.spack\//.test(name);
      if (isInside && !isMetadata) return undefined;
      isInside ||= isMetadata;
      entry.resume();
    }
    return undefined;
  } finally {
    source.destroy();
    extractor.destroy();
    await feeding;
  }
}

/** From Spack 1.0 on the folder has the name's Python form. */
function isRecipeOf(path: string, { name, namespace }: SpecNode): boolean {
  const match = /\/\.spack\/repos\/(.+)\/packages\/([^/]+)\/package\.py$/.exec(path);
  const repository = match?.[1]?.split('/').at(-1) ?? '';
  const python = match?.[2]?.replace(/^_(?=\d)/, '').replaceAll('_', '-');
  return (match?.[2] === name || python === name) && namespace.split('.').at(-1) === repository;
}
