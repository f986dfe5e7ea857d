import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hono } from 'hono';
import { atomicWrite, hasCode, systemClock, type Logger, type Secret, type SecretSource } from '../../kit/index.ts';
import { createIdentityVerifier } from '../../identity/index.ts';
import {
  KeyRing,
  addressFile,
  createSigningService,
  createSigningLog,
  notaryApp,
  signingLogFile,
  type SignedStack,
} from '../../notary/index.ts';
import { listen } from '../listen.ts';
import { lockDataFolder } from '../../store/index.ts';
import { configuredStore } from '../assembly/configured-store.ts';
import { revealSecret } from '../../coordinator/index.ts';
import type { NotaryConfiguration } from './configuration.ts';
import { openImageKey, openProtection, openSigningKey } from './open-keys.ts';

interface NotaryParts {
  readonly configuration: Omit<NotaryConfiguration, 'token'>;
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly token: Secret;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Milliseconds to wait for another notary that has this folder. */
  readonly patience?: number;
}

export interface RunningNotary {
  /** `unix:<path>`, or a URL. */
  readonly address: string;
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
    const { address, ...listener } = await listenAt(notaryApp({ signing, token, log }), parts);
    await atomicWrite(addressFile(folder), JSON.stringify({ address, token: token.reveal() }), { mode: 0o600 });
    const close = async () => {
      await rm(addressFile(folder), { force: true });
      await listener.close();
      // Requests that are being signed continue without a connection. From here on, they cannot be logged.
      await Promise.all([...stacks.values()].map(({ signingLog }) => signingLog.close()));
      lock.release();
    };
    return { address, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const RETRY_MS = 100;

async function lockFolder(
  folder: string,
  { patience = 0, log }: NotaryParts,
): Promise<ReturnType<typeof lockDataFolder>> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return lockDataFolder(folder);
    } catch (error) {
      if (!hasCode(error, 'STORE_IN_USE') || waited >= patience) throw error;
      if (waited === 0) log.warn({ folder }, 'another notary uses the folder; waiting until it ends');
      await sleep(RETRY_MS);
    }
  }
}

async function openRing(folder: string, parts: NotaryParts): Promise<KeyRing> {
  const { configuration, log } = parts;
  const ring = new KeyRing({
    folder: join(folder, 'keys'),
    configured: await openSigningKey(configuration.signingKey, parts),
    imageKey: await openImageKey(configuration.imageKey, parts),
    protection: await openProtection(configuration.keyProtection, parts),
  });
  const unprotected = await ring.fill();
  if (unprotected > 0)
    log.warn({ folder, keys: unprotected }, 'keys of the notary are stored without encryption: set `keyProtection`');
  return ring;
}

async function openStacks(
  folder: string,
  { configuration, env, base }: NotaryParts,
): Promise<ReadonlyMap<string, SignedStack>> {
  const reveal = (source: SecretSource, purpose: string) => revealSecret(source, { env, base, purpose });
  const stacks = new Map<string, SignedStack>();
  for (const { name, mirror, signs: images, identities, identitiesOnly, ...access } of configuration.stacks)
    stacks.set(name, {
      store: await configuredStore(mirror, access, { env, base, stack: name, reveal }),
      signingLog: await createSigningLog(signingLogFile(folder, name)),
      images,
      identities: (identities.length > 0 || identitiesOnly || undefined) && {
        verifier: createIdentityVerifier(identities, { clock: systemClock }),
        clock: systemClock,
        isRequired: identitiesOnly,
      },
    });
  return stacks;
}

async function listenAt(app: Hono, { configuration, base }: NotaryParts): Promise<RunningNotary> {
  const { listen: address, socketAccess, tls } = configuration;
  const socket = /^unix:(.+)$/.exec(address)?.[1];
  if (socket === undefined) {
    const { url, close } = await listen(app, { address, tls, base });
    return { address: url, close };
  }
  // Only its owner may connect, or its group as well. An existing socket is unused, since this process has the folder's lock.
  const path = resolve(base, socket);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const { url, close } = await listen(app, { address: `unix:${path}` });
  await chmod(path, socketAccess === 'group' ? 0o660 : 0o600);
  return { address: url, close };
}
