import { readFile, writeFile } from 'node:fs/promises';
import { isMap, isScalar, parseDocument } from 'yaml';

/**
 * Removes the mirrors in S3 from an environment that Spack builds in, unless they say that they hold sources. Spack
 * takes every mirror for one of sources too, and builds have no keys to S3: Slipway itself reads and writes the
 * binaries.
 */
export async function removeBinaryMirrors(file: string): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  let isChanged = false;
  for (const at of [
    ['spack', 'mirrors'],
    ['env', 'mirrors'],
  ]) {
    const mirrors = document.getIn(at);
    if (!isMap(mirrors)) continue;
    const removed = mirrors.items.filter(({ value }) => isInS3(value) && !hasSources(value)).map(({ key }) => key);
    for (const key of removed) isChanged = mirrors.delete(key) || isChanged;
  }
  if (isChanged) await writeFile(file, document.toString({ lineWidth: 0 }));
}

function hasSources(mirror: unknown): boolean {
  return isMap(mirror) && mirror.get('source') === true;
}

/** A URL, or a mapping with `url`, or with `fetch` that is either. */
function isInS3(mirror: unknown): boolean {
  if (isScalar(mirror)) return typeof mirror.value === 'string' && mirror.value.startsWith('s3://');
  return isMap(mirror) && ['url', 'fetch'].some((key) => isInS3(mirror.get(key, true)));
}
