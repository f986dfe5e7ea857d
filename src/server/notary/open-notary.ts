import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { atomicWrite, hasCode, systemClock, type Logger, type Secret } from '../../kit/index.ts';
import {
  KeyRing,
  addressFile,
  createSigningService,
  createSigningLog,
  generateKey,
  notaryApp,
  readCosignKey,
  readSecretKey,
  signingLogFile,
  type SignedStack,
  type SecretKey,
} from '../../notary/index.ts';
import { listen } from '../listen.ts';
import { lockDataFolder } from '../../store/index.ts';
import { configuredStore } from '../assembly/configured-store.ts';
import { revealSecret } from '../../coordinator/index.ts';
import type { NotaryConfiguration } from './configuration.ts';

interface NotaryParts {
  readonly configuration: Omit<NotaryConfiguration, 'token'>;
  /** Folder that relative paths are meant from. */
  readonly base: string;
  readonly token: Secret;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** File with a key of an older data folder, which is taken over into an empty ring. */
  readonly formerKey?: string;
  /** How long another notary that has this folder is waited for, in milliseconds. */
  readonly patience?: number;
}

export interface RunningNotary {
  /** `unix:<path>`, or a URL. */
  readonly place: string;
  close(): Promise<void>;
}

/** Opens the keys and logs, each of which has one owner, and listens. */
export async function openNotary(parts: NotaryParts): Promise<RunningNotary> {
  const { configuration, base, token, log } = parts;
  const folder = resolve(base, configuration.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder, parts);
  try {
    const keys = await openRing(folder, parts);
    const stacks = await openStacks(folder, parts);
    const signing = createSigningService({ keys, stack: (name) => stacks.get(name), log });
    const listener = await listenAt(notaryApp({ signing, token, log }), parts);
    await atomicWrite(addressFile(folder), JSON.stringify({ place: listener.place, token: token.reveal() }), {
      mode: 0o600,
    });
    const close = async (): Promise<void> => {
      await rm(addressFile(folder), { force: true });
      await listener.close();
      // What was being signed goes on without its connection; from here on it finds no log to be written into.
      await Promise.all([...stacks.values()].map(({ signingLog }) => signingLog.close()));
      lock.release();
    };
    return { place: listener.place, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const LOOK_MS = 100;

async function lockFolder(
  folder: string,
  { patience = 0, log }: NotaryParts,
): Promise<ReturnType<typeof lockDataFolder>> {
  for (let waited = 0; ; waited += LOOK_MS) {
    try {
      return lockDataFolder(folder);
    } catch (error) {
      if (!hasCode(error, 'STORE_IN_USE') || waited >= patience) throw error;
      if (waited === 0) log.warn({ folder }, 'another notary has the folder; its end is waited for');
      await sleep(LOOK_MS);
    }
  }
}

async function openRing(folder: string, parts: NotaryParts): Promise<KeyRing> {
  const { configuration, env, base, formerKey } = parts;
  const source = configuration.signingKey;
  const text =
    source === undefined
      ? env.SPACK_SIGNING_KEY
      : (await revealSecret(source, { env, base, purpose: 'signingKey' })).reveal();
  const image = configuration.imageKey;
  const imageText = image && (await revealSecret(image, { env, base, purpose: 'imageKey' })).reveal();
  const ring = new KeyRing({
    folder: join(folder, 'keys'),
    ...(text === undefined || text === '' ? {} : { given: await readSecretKey(text) }),
    ...(imageText === undefined ? {} : { imageKey: readCosignKey(imageText, env.COSIGN_PASSWORD) }),
  });
  await ring.fill(() => firstKey(formerKey));
  return ring;
}

async function firstKey(former: string | undefined): Promise<SecretKey> {
  const known = former === undefined ? undefined : await readFile(former, 'utf8').catch(() => undefined);
  if (known !== undefined) return readSecretKey(known);
  return generateKey({ name: 'Slipway', email: 'slipway@localhost', date: new Date(systemClock.now()) });
}

async function openStacks(folder: string, parts: NotaryParts): Promise<ReadonlyMap<string, SignedStack>> {
  const { configuration, env, base } = parts;
  const stacks = new Map<string, SignedStack>();
  for (const { name, mirror, signs, ...access } of configuration.stacks) {
    const owner = `the mirror of stack \`${name}\``;
    const reveal: Parameters<typeof configuredStore>[2]['reveal'] = (source, purpose) =>
      revealSecret(source, { env, base, purpose });
    stacks.set(name, {
      store: await configuredStore(mirror, access, { env, base, owner, reveal }),
      signingLog: await createSigningLog(signingLogFile(folder, name)),
      images: signs,
    });
  }
  return stacks;
}

async function listenAt(app: Hono, { configuration, base }: NotaryParts): Promise<RunningNotary> {
  const { listen: address, tls } = configuration;
  const socket = /^unix:(.+)$/.exec(address)?.[1];
  if (socket !== undefined) return listenOnSocket(app, resolve(base, socket));
  const { url, close } = await listen(app, { address, tls, base });
  return { place: url, close };
}

/** The folder's lock is ours, so a socket that is there belongs to nobody. Only its owner may connect. */
async function listenOnSocket(app: Hono, path: string): Promise<RunningNotary> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const server: Server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(path, done);
  });
  await chmod(path, 0o600);
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { place: `unix:${path}`, close };
}
