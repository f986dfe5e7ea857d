import { isMap, isScalar, type Document } from 'yaml';

/**
 * Removes the mirrors in S3 from an environment that Spack builds in, unless they are declared as mirrors of sources.
 * Spack looks for sources on every mirror, and builds have no keys to S3: Slipway itself reads and writes the binaries.
 */
export function removeBinaryMirrors(document: Document): void {
  for (const top of ['spack', 'env']) {
    const mirrors = document.getIn([top, 'mirrors']);
    if (!isMap(mirrors)) continue;
    mirrors.items = mirrors.items.filter(({ value }) => !isInS3(value) || hasSources(value));
  }
}

function hasSources(mirror: unknown): boolean {
  return isMap(mirror) && mirror.get('source') === true;
}

/** A URL, or a mapping with `url`, or with `fetch` that is either. */
function isInS3(mirror: unknown): boolean {
  if (isScalar(mirror)) return typeof mirror.value === 'string' && mirror.value.startsWith('s3://');
  return isMap(mirror) && ['url', 'fetch'].some((key) => isInS3(mirror.get(key, true)));
}
