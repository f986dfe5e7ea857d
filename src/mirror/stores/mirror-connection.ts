import { Secret } from '../../kit/index.ts';
import type { Mirror, MirrorConnection } from '../../spack/index.ts';
import { mirrorError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';
import { storeFromUrl, type MirrorEnvironment, type StoreAccess } from './store-from-url.ts';

interface ConnectionRequest {
  readonly mirror: Mirror;
  readonly direction: 'fetch' | 'push';
  readonly environment: MirrorEnvironment;
  readonly warn?: StoreAccess['warn'];
}

/**
 * The store behind one direction of a mirror of `spack.yaml`, reached as configured: its endpoint, profile, and the
 * credentials in the variables that it names. Throws MIRROR_VARIABLE_MISSING for a variable that is not set, where
 * Spack would go on without credentials and be refused.
 */
export async function storeOfMirror({ mirror, direction, environment, warn }: ConnectionRequest): Promise<ObjectStore> {
  const connection = mirror[direction];
  return storeFromUrl(connection.url, environment, {
    ...accessOf(connection, { mirror: mirror.name, environment }),
    warn,
  });
}

function accessOf(
  connection: MirrorConnection,
  { mirror, environment }: { mirror: string; environment: MirrorEnvironment },
): StoreAccess {
  const read = (variable: string | undefined): string | undefined => {
    if (variable === undefined) return undefined;
    const value = environment[variable];
    if (value === undefined || value === '') throw mirrorError('MIRROR_VARIABLE_MISSING', { mirror, variable });
    return value;
  };
  const secret = read(connection.secretVariable);
  const token = read(connection.tokenVariable);
  return {
    endpoint: connection.endpointUrl,
    profile: connection.profile,
    id: read(connection.idVariable) ?? connection.id?.reveal(),
    secret: secret === undefined ? connection.secret : new Secret(secret),
    token: token === undefined ? connection.token : new Secret(token),
  };
}
