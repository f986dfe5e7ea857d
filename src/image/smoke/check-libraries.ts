import { layersOf, type Image } from '../../oci/index.ts';
import type { FactsReader } from '../facts/facts-cache.ts';
import { missingLibraries, type MissingLibrary } from '../facts/missing-libraries.ts';
import { RootIndex } from '../facts/root-index.ts';
import { layerOrigins } from '../records/layer-origins.ts';

interface LibrariesReport {
  /** What keeps the image's own programs from starting. */
  readonly missing: readonly MissingLibrary[];
  /** What its own libraries lack that no program loads; perhaps a program opens them while it runs. */
  readonly unreached: readonly MissingLibrary[];
  /** What programs and libraries of the base lack: the base's business, and no reason to refuse. */
  readonly missingInBase: readonly MissingLibrary[];
}

/** Checks that every program and library of an image finds in it what it is linked with, without running any. */
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
  const libraryPath = (image.config.config?.Env ?? []).find((one) => one.startsWith('LD_LIBRARY_PATH='));
  const all = missingLibraries(root, {
    loaderFolders,
    libraryPath: libraryPath?.slice('LD_LIBRARY_PATH='.length),
    ignore,
  });
  const isOwn = ({ needer, programs }: MissingLibrary) => own.has(needer) || programs.some((one) => own.has(one));
  return {
    missing: all.filter((one) => one.programs.length > 0 && isOwn(one)),
    unreached: all.filter((one) => one.programs.length === 0 && isOwn(one)),
    missingInBase: all.filter((one) => !isOwn(one)),
  };
}
