import type { EnvironmentRequest, KnownMirrors } from '../builder/index.ts';
import { readStack } from '../generate/index.ts';
import { sha256, type ProcessVariables } from '../kit/index.ts';
import { storeOfMirror } from '../mirror/index.ts';
import { indexManifestKey, v2IndexHashKey, type Mirror } from '../spack/index.ts';

/**
 * Returns a digest of the indexes of an environment's binary mirrors, from which Spack takes packages to reuse
 * (undefined if one of them cannot be read), and the variables that hold the credentials of the mirrors.
 */
export async function knownMirrors(request: EnvironmentRequest, env: ProcessVariables): Promise<KnownMirrors> {
  const { environment, configScopes = [] } = request;
  const { mirrors } = await readStack(environment, { configScopes, variables: env });
  const binary = mirrors.filter((one) => one.binary);
  const variables = binary.flatMap(({ fetch: { idVariable, secretVariable, tokenVariable } }) =>
    [idVariable, secretVariable, tokenVariable].filter((name) => name !== undefined),
  );
  try {
    const states = await Promise.all(binary.map(async (mirror) => readIndex(mirror, env)));
    return { variables, state: sha256(JSON.stringify(states)) };
  } catch {
    return { variables };
  }
}

async function readIndex(mirror: Mirror, environment: ProcessVariables): Promise<readonly (string | undefined)[]> {
  const store = await storeOfMirror({ mirror, direction: 'fetch', environment });
  const [v3, v2] = await Promise.all([store.get(indexManifestKey), store.get(v2IndexHashKey)]);
  return [mirror.fetch.url, v3?.toString(), v2?.toString()];
}
