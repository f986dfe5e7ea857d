import { sbangProgram } from '../../mirror/index.ts';
import type { LayerEntry } from '../layers/own-layer.ts';
import type { PlacedPackage } from './placed-package.ts';

/** The programs `sbang` that the packages' scripts call: they belong to Spack's install tree, and are in no tarball. */
export function sbangEntries(packages: readonly PlacedPackage[]): readonly LayerEntry[] {
  const wanted = [...new Set(packages.flatMap(({ facts }) => facts.sbang))].toSorted();
  const bytes = Buffer.from(sbangProgram);
  return wanted.map((path) => ({ kind: 'file', path: path.slice(1), mode: 0o755, bytes }));
}
