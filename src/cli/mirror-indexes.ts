import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../kit/index.ts';
import { storeOfMirror } from '../mirror/index.ts';
import { indexManifestKey, readEnvironment, v2IndexHashKey } from '../spack/index.ts';
import type { Mirror } from '../spack/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A digest of what the indexes of an environment's binary mirrors say, from which Spack takes packages that it may reuse;
 * undefined where one cannot be read, so that nothing is known of it.
 */
export async function readMirrorIndexes(folder: string, env: Variables): Promise<string | undefined> {
  const { environment } = readEnvironment(await readFile(join(folder, 'spack.yaml'), 'utf8'), 'spack.yaml');
  const mirrors = (environment?.mirrors ?? []).filter(({ binary }) => binary);
  try {
    const states = await Promise.all(mirrors.map(async (mirror) => readIndex(mirror, env)));
    return sha256(JSON.stringify(states));
  } catch {
    return undefined;
  }
}

async function readIndex(mirror: Mirror, environment: Variables): Promise<readonly (string | undefined)[]> {
  const store = storeOfMirror({ mirror, direction: 'fetch', environment });
  const [v3, v2] = await Promise.all([store.get(indexManifestKey), store.get(v2IndexHashKey)]);
  return [mirror.fetch.url, v3?.toString(), v2?.toString()];
}
