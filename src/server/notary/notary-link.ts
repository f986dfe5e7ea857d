import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret, readNamedFile, type Logger } from '../../kit/index.ts';
import {
  notaryFolder,
  type DataFolder,
  type ServerSettings,
  type StackConfiguration,
} from '../../coordinator/index.ts';
import {
  NotaryConnection,
  remoteNotary,
  type NotaryConnectionOptions,
  type SigningService,
} from '../../notary/index.ts';
import type { StartRequest } from './supervised.ts';
import { KeyWatch } from './key-watch.ts';
import { mirrorLocation } from '../assembly/mirror-storage.ts';
import { NotaryProcess } from './notary-process.ts';

export interface NotaryLink {
  readonly signing: SigningService;
  readonly keys: KeyWatch;
  /** Process id of the notary, if the server started it. */
  pid(): number | undefined;
  close(): Promise<void>;
}

export interface LinkParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly entry: string;
}

// Longer paths do not fit into the address of a socket (108 bytes on Linux, 104 elsewhere).
const LONGEST_SOCKET = 100;

/** Connects to the notary that the configuration names; else starts one and keeps it running. */
export async function linkNotary(parts: LinkParts): Promise<NotaryLink> {
  const { settings, log } = parts;
  const { url, token, certificate } = settings.configuration.notary;
  if (url !== undefined && token !== undefined) {
    const shown = await settings.reveal(token, 'the token of the notary');
    const trusted = certificate && (await readNamedFile(certificate, settings.base));
    return linked({ place: () => url, token: shown, certificate: trusted }, { log });
  }
  const secret = randomBytes(32).toString('hex');
  const own = new NotaryProcess({ ...parts, request: startRequest(parts, secret) });
  await own.start();
  return linked({ place: () => own.place ?? '', token: new Secret(secret) }, { log, own });
}

async function linked(
  address: Pick<NotaryConnectionOptions, 'place' | 'token' | 'certificate'>,
  { log, own }: { log: Logger; own?: NotaryProcess },
): Promise<NotaryLink> {
  const connection = new NotaryConnection(address);
  // Keys that are known already are good enough while the notary cannot be reached.
  const quick = new NotaryConnection({ ...address, attempts: 1 });
  const close = async (): Promise<void> => {
    await Promise.all([connection.close(), quick.close()]);
    await own?.stop();
  };
  try {
    const signing = remoteNotary(connection);
    const quickSigning = remoteNotary(quick);
    let isFirst = true;
    const knownKeys = () => (isFirst ? signing : quickSigning).knownKeys().finally(() => (isFirst = false));
    return { signing, keys: await KeyWatch.open({ knownKeys }, { log }), pid: () => own?.pid, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startRequest({ settings, folder }: LinkParts, token: string): StartRequest {
  const { signingKey, imageKey, stacks } = settings.configuration;
  const home = notaryFolder(settings);
  const socket = join(home, 'socket');
  return {
    token,
    base: settings.base,
    formerKey: join(folder.keys, 'signing-key'),
    configuration: {
      folder: home,
      listen: Buffer.byteLength(socket) > LONGEST_SOCKET ? '127.0.0.1:0' : `unix:${socket}`,
      ...(signingKey === undefined ? {} : { signingKey }),
      ...(imageKey === undefined ? {} : { imageKey }),
      stacks: stacks.map((stack) => stackOf(stack, { settings, folder })),
    },
  };
}

function stackOf(
  stack: StackConfiguration,
  parts: Pick<LinkParts, 'settings' | 'folder'>,
): StartRequest['configuration']['stacks'][number] {
  const { location, access } = mirrorLocation(stack, parts);
  return { name: stack.name, mirror: location, ...access, signs: { dockerfile: true, ...stack.signs } };
}
