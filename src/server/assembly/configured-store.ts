import { resolve } from 'node:path';
import type { Secret, SecretSource } from '../../kit/index.ts';
import type { MirrorConfiguration } from '../../coordinator/index.ts';
import { storeFromUrl, type ObjectStore } from '../../mirror/index.ts';

/** Connection settings of a mirror. */
export type MirrorAccess = Pick<MirrorConfiguration, 'endpoint' | 'region' | 'addressing' | 'profile' | 'credentials'>;

interface StoreParts {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly stack: string;
  reveal(source: SecretSource, purpose: string): Promise<Secret>;
}

/** Opens the store of a stack's mirror. Its configuration takes precedence over the environment. */
export async function configuredStore(
  location: string,
  { endpoint, region, addressing, profile, credentials }: MirrorAccess,
  { env, base, stack, reveal }: StoreParts,
): Promise<ObjectStore> {
  const half = async (name: 'id' | 'secret') =>
    credentials && reveal(credentials[name], `the ${name} of the mirror of stack \`${stack}\``);
  return storeFromUrl(
    location.includes('://') ? location : resolve(base, location),
    {
      ...env,
      AWS_REGION: region ?? env['AWS_REGION'],
      SLIPWAY_S3_ADDRESSING: addressing ?? env['SLIPWAY_S3_ADDRESSING'],
    },
    { endpoint, profile, id: (await half('id'))?.reveal(), secret: await half('secret') },
  );
}
