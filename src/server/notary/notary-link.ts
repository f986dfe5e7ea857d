import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret, readNamedFile, type Logger } from '../../kit/index.ts';
import { notaryFolder } from '../../coordinator/index.ts';
import {
  NotaryConnection,
  remoteNotary,
  type NotaryConnectionOptions,
  type SigningService,
} from '../../notary/index.ts';
import type { StartRequest } from './supervised.ts';
import { KeyWatch } from './key-watch.ts';
import { mirrorLocation } from '../assembly/mirror-storage.ts';
import type { ServerParts } from '../assembly/server-parts.ts';
import type { NotaryAddress } from '../socket-keeper.ts';
import { NotaryProcess } from './notary-process.ts';

export interface NotaryLink {
  readonly signing: SigningService;
  readonly keys: KeyWatch;
  close(): Promise<void>;
}

export type LinkParts = Omit<ServerParts, 'version' | 'audit' | 'clock'> & {
  /** The notary that the parent process keeps running, as a user of its own. */
  readonly keptNotary?: NotaryAddress | undefined;
};

// Longer paths do not fit into the address of a socket (108 bytes on Linux, 104 elsewhere).
const LONGEST_SOCKET = 100;

/** Connects to the notary that the configuration names; else starts one and keeps it running. */
export async function linkNotary(parts: LinkParts): Promise<NotaryLink> {
  const { settings, log, keptNotary } = parts;
  if (keptNotary !== undefined)
    return connect({ address: () => keptNotary.url, token: new Secret(keptNotary.token) }, { log });
  const { url, token, certificate } = settings.configuration.notary;
  if (url !== undefined && token !== undefined) {
    const trusted = certificate && (await readNamedFile(certificate, settings.base));
    const revealed = await settings.reveal(token, 'the token of the notary');
    return connect({ address: () => url, token: revealed, certificate: trusted }, { log });
  }
  if (process.getuid?.() === 0)
    log.warn(
      'the server and its notary run as root: start it with `users`, or give each a unit (docs/operations/service.md)',
    );
  const socket = join(notaryFolder(settings), 'socket');
  const listener: NotaryListener = {
    token: randomBytes(32).toString('hex'),
    listen: Buffer.byteLength(socket) > LONGEST_SOCKET ? '127.0.0.1:0' : `unix:${socket}`,
    socketAccess: 'owner',
  };
  const own = new NotaryProcess({ ...parts, request: startRequest(parts, listener) });
  await own.start();
  return connect({ address: () => own.address ?? '', token: new Secret(listener.token) }, { log, own });
}

async function connect(
  address: Pick<NotaryConnectionOptions, 'address' | 'token' | 'certificate'>,
  { log, own }: { log: Logger; own?: NotaryProcess },
): Promise<NotaryLink> {
  const connection = new NotaryConnection(address);
  // Keys that were read before remain valid, so reading them again need not wait for the notary.
  const quick = new NotaryConnection({ ...address, attempts: 1 });
  const close = async () => {
    await Promise.all([connection.close(), quick.close()]);
    await own?.stop();
  };
  try {
    const signing = remoteNotary(connection);
    const first = await signing.knownKeys();
    return { signing, keys: new KeyWatch(first, { source: remoteNotary(quick), log }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type NotaryListener = Pick<StartRequest, 'token'> & Pick<StartRequest['configuration'], 'listen' | 'socketAccess'>;

/** Returns what a notary of this server is started with. */
export function startRequest(
  parts: Pick<ServerParts, 'settings' | 'folder' | 'env'>,
  { token, ...listener }: NotaryListener,
): StartRequest {
  const { settings } = parts;
  const { signingKey, imageKey, keyProtection, stacks } = settings.configuration;
  return {
    token,
    base: settings.base,
    configuration: {
      folder: notaryFolder(settings),
      ...listener,
      signingKey,
      imageKey,
      keyProtection,
      stacks: stacks.map((stack) => {
        const { location: mirror, access } = mirrorLocation(stack, parts);
        const { name, signs, identities, identitiesOnly } = stack;
        return { name, mirror, ...access, signs: { dockerfile: true, ...signs }, identities, identitiesOnly };
      }),
    },
  };
}
