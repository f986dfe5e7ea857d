import { imageError } from '../errors.ts';
import { missingLibraries } from '../facts/missing-libraries.ts';
import type { RootIndex } from '../facts/root-index.ts';
import { isBelow } from '../paths.ts';
import type { PlacedPackage } from './placed-package.ts';

/**
 * Refuses packages whose programs would not start: they were built with a newer C library (or another) than the image
 * has.
 */
export function checkSymbols(
  root: RootIndex,
  loaderFolders: readonly string[],
  packages: readonly PlacedPackage[],
): void {
  const faults = missingLibraries(root, { loaderFolders, libraryPath: undefined, ignore: [] }).filter(
    ({ kind, needer, programs }) =>
      kind === 'symbol-version' &&
      programs.length > 0 &&
      [needer, ...programs].some((path) => packages.some(({ prefix }) => isBelow(path, prefix))),
  );
  const [first] = faults;
  if (first === undefined) return;
  throw imageError('IMAGE_SYMBOLS_MISSING', {
    needer: first.needer,
    missing: first.missing,
    others: faults.length - 1,
  });
}
