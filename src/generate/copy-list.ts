import { manifestKey, nodeOf, v2SpecKey, v2TarballKey, type Lockfile, type SpecNode } from '../spack/index.ts';
import { generateError } from './errors.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import type { BuildDecision } from './plan-build.ts';

interface Copy {
  readonly src: string;
  readonly dest: string;
}

/**
 * What Spack writes beside a pipeline where SPACK_COPY_BUILDCACHE is set, as the Spack of the lock does: a JSON object,
 * by hash, of where the files of each package will be on the mirror and where whoever copies them is to bring them.
 */
export function copyList(
  lock: Lockfile,
  packages: readonly BuildDecision[],
  { copyTo, mirrors }: PipelineSettings,
): { readonly copies?: string } {
  if (copyTo === undefined) return {};
  const from = mirrors?.destination?.fetchUrl;
  const missing = { name: 'buildcache-destination', need: 'SPACK_COPY_BUILDCACHE' };
  if (from === undefined) throw generateError('GENERATE_MIRROR_MISSING', missing);
  const copy = (key: string): Copy => ({ src: below(from, key), dest: below(copyTo, key) });
  const copiesOf = (node: SpecNode): Copy | readonly Copy[] =>
    // Before 1.0 these were the signed spec file and the tarball of layout v2.
    lock.specfileVersion >= 5
      ? copy(manifestKey(node))
      : [copy(v2SpecKey([node], 'signed')), copy(v2TarballKey([node]))];
  const copies = Object.fromEntries(packages.map(({ hash }) => [hash, copiesOf(nodeOf(lock, hash))]));
  return { copies: JSON.stringify(copies) };
}

function below(url: string, key: string): string {
  return `${url.replace(/\/+$/, '')}/${key}`;
}
