import { resolve } from 'node:path';
import type { Secret } from '../../kit/index.ts';
import type { MirrorConfiguration, SecretSource } from '../../coordinator/index.ts';
import { storeFromUrl } from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';

interface StoreParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths are meant from. */
  readonly base: string;
  /** For messages: whose mirror it is. */
  readonly owner: string;
  reveal(source: SecretSource, purpose: string): Promise<Secret>;
}

/** The store of a mirror as a configuration describes it: what it says goes before the environment. */
export async function configuredStore(
  place: string,
  access: Pick<MirrorConfiguration, 'endpoint' | 'region' | 'addressing' | 'profile' | 'credentials'>,
  { env, base, owner, reveal }: StoreParts,
): Promise<ObjectStore> {
  const { endpoint, region, addressing, profile, credentials } = access;
  const half = async (name: 'id' | 'secret') => credentials && reveal(credentials[name], `the ${name} of ${owner}`);
  const said = {
    ...(region === undefined ? {} : { AWS_REGION: region }),
    ...(addressing === undefined ? {} : { SLIPWAY_S3_ADDRESSING: addressing }),
  };
  return storeFromUrl(
    place.includes('://') ? place : resolve(base, place),
    { ...env, ...said },
    { endpoint, profile, id: (await half('id'))?.reveal(), secret: await half('secret') },
  );
}
