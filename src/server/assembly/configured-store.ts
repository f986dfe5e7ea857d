import { resolve } from 'node:path';
import type { Secret } from '../../kit/index.ts';
import type { MirrorConfiguration, SecretSource } from '../../coordinator/index.ts';
import { storeFromUrl, type ObjectStore } from '../../mirror/index.ts';

interface StoreParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly base: string;
  /** For messages: whose mirror it is. */
  readonly owner: string;
  reveal(source: SecretSource, purpose: string): Promise<Secret>;
}

/** Opens the store of a mirror as a configuration describes it, which wins over the environment. */
export async function configuredStore(
  location: string,
  access: Pick<MirrorConfiguration, 'endpoint' | 'region' | 'addressing' | 'profile' | 'credentials'>,
  { env, base, owner, reveal }: StoreParts,
): Promise<ObjectStore> {
  const { endpoint, region, addressing, profile, credentials } = access;
  const half = async (name: 'id' | 'secret') => credentials && reveal(credentials[name], `the ${name} of ${owner}`);
  const variables = {
    ...(region === undefined ? {} : { AWS_REGION: region }),
    ...(addressing === undefined ? {} : { SLIPWAY_S3_ADDRESSING: addressing }),
  };
  return storeFromUrl(
    location.includes('://') ? location : resolve(base, location),
    { ...env, ...variables },
    { endpoint, profile, id: (await half('id'))?.reveal(), secret: await half('secret') },
  );
}
