import { manifestKey, nodeOf, v2SpecKey, v2TarballKey, type Lockfile, type SpecNode } from '../spack/index.ts';
import { generateError } from './errors.ts';
import type { PipelineSettings } from './pipeline/settings.ts';
import type { BuildDecision } from './plan-build.ts';

/**
 * Returns the file that the Spack of the lock writes beside a pipeline if SPACK_COPY_BUILDCACHE is set: a JSON object,
 * by hash, of the sources and destinations of each package's files. Undefined if it is not set.
 */
export function copyList(
  lock: Lockfile,
  packages: readonly BuildDecision[],
  { copyTo, mirrors }: PipelineSettings,
): string | undefined {
  if (copyTo === undefined) return undefined;
  const from = mirrors?.destination?.fetchUrl;
  const missing = { name: 'buildcache-destination', need: 'SPACK_COPY_BUILDCACHE' };
  if (from === undefined) throw generateError('GENERATE_MIRROR_MISSING', missing);
  const copy = (key: string) => ({ src: below(from, key), dest: below(copyTo, key) });
  const copiesOf = (node: SpecNode) =>
    // Before 1.0 these were the signed spec file and the tarball of layout v2.
    lock.specfileVersion >= 5
      ? copy(manifestKey(node))
      : [copy(v2SpecKey([node], 'signed')), copy(v2TarballKey([node]))];
  return JSON.stringify(Object.fromEntries(packages.map(({ hash }) => [hash, copiesOf(nodeOf(lock, hash))])));
}

function below(url: string, key: string): string {
  return `${url.replace(/\/+$/, '')}/${key}`;
}
