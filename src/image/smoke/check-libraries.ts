import { layersOf, type Image } from '../../oci/index.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import { missingLibraries, type MissingLibrary } from '../facts/missing-libraries.ts';
import { RootIndex } from '../facts/root-index.ts';
import { splitVariable } from '../image-config.ts';
import { layerOrigins } from '../records/layer-origins.ts';

interface LibrariesReport {
  /** Missing libraries that keep the image's own programs from starting. */
  readonly missing: readonly MissingLibrary[];
  /** Missing libraries of own libraries that no program loads; a program may open them while it runs. */
  readonly unreached: readonly MissingLibrary[];
  /** Missing libraries of the base. They are no reason to refuse the image. */
  readonly missingInBase: readonly MissingLibrary[];
}

/**
 * Checks that every program and library that an image has beside its base finds what it is linked with. Runs none of
 * them.
 */
export async function checkLibraries(
  image: Image,
  { facts, ignore }: { readonly facts: FactsReader; readonly ignore: readonly string[] },
): Promise<LibrariesReport> {
  const root = new RootIndex();
  const loaderFolders: string[] = [];
  const own = new Set<string>();
  const origins = layerOrigins(image);
  for (const [index, layer] of layersOf(image).entries()) {
    const found = await facts(layer);
    root.apply(found);
    loaderFolders.push(...found.loaderFolders);
    for (const { path, elf } of found.paths)
      if (elf !== undefined && origins[index]?.from !== 'base') own.add(`/${path}`);
  }
  const variables = new Map((image.config.config?.Env ?? []).map(splitVariable));
  const all = missingLibraries(root, { loaderFolders, libraryPath: variables.get('LD_LIBRARY_PATH'), ignore });
  const isOwn = ({ needer, programs }: MissingLibrary) => own.has(needer) || programs.some((one) => own.has(one));
  const ours = all.filter(isOwn);
  return {
    missing: ours.filter(({ programs }) => programs.length > 0),
    unreached: ours.filter(({ programs }) => programs.length === 0),
    missingInBase: all.filter((one) => !isOwn(one)),
  };
}
