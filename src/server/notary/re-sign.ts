import { existsSync } from 'node:fs';
import {
  dataFolder,
  notaryFolder,
  type ServerSettings,
  type StackConfiguration,
  type StackMirror,
} from '../../coordinator/index.ts';
import { becomeOwner, hasCode, systemClock } from '../../kit/index.ts';
import { checkEntry, entryName, listEntries, type ObjectStore, type Verifier } from '../../mirror/index.ts';
import { NotaryConnection, createNotary, readAddress, remoteNotary, type Notary } from '../../notary/index.ts';
import { parseManifestKey, signedPayload, type BuildcacheName } from '../../spack/index.ts';
import { Database, createForgeLedger } from '../../store/index.ts';
import { mirrorStorage } from '../assembly/mirror-storage.ts';
import { withSpackMirrors } from '../assembly/spack-mirror.ts';
import { stackMirror } from '../assembly/stack-mirror.ts';
import { KeyWatch } from './key-watch.ts';
import { linkNotary, type LinkParts, type NotaryLink } from './notary-link.ts';

/** The outcome for one entry whose signature is no longer valid. */
export interface ReSigned {
  readonly stack: string;
  readonly entry: string;
  readonly done: 'stale' | 'signed' | 'refused';
  /** Code of the refusal. */
  readonly code?: string;
}

interface ReSignOptions extends Omit<LinkParts, 'folder'> {
  /** Whether to list the entries only. */
  readonly isDryRun: boolean;
}

/**
 * Signs again what a revoked key signed on the mirrors of all stacks. The notary signs only what its log lists, because
 * another person may have had the key.
 */
export async function* reSign(request: ReSignOptions): AsyncGenerator<ReSigned> {
  const options = { ...request, settings: await withStoredMirrors(request) };
  const link = await reachNotary(options);
  // The address of the notary may be for root and the notary only; the mirrors are the server's.
  const restore = becomeOwner(options.settings.configuration.data);
  try {
    for (const stack of options.settings.configuration.stacks) yield* renewStack(stack, { ...options, link });
  } finally {
    restore();
    await link.close();
  }
}

/** Returns the settings with the mirrors that stacks name in their repositories, as the server fetched these last. */
async function withStoredMirrors({ settings, env, log }: ReSignOptions): Promise<ServerSettings> {
  const folder = dataFolder(settings.configuration.data);
  if (!existsSync(folder.database)) return settings;
  const database = new Database(folder.database, { readonly: true });
  try {
    const ledger = createForgeLedger(database);
    return await withSpackMirrors({ clock: systemClock, settings, folder, env, log, ledger, isOffline: true });
  } finally {
    database.close();
  }
}

/** Connects to the notary that runs, or starts one until the connection closes. */
async function reachNotary(options: ReSignOptions): Promise<NotaryLink> {
  const { settings, log } = options;
  const parts = { ...options, folder: dataFolder(settings.configuration.data) };
  const known = settings.configuration.notary.url === undefined ? await readAddress(notaryFolder(settings)) : undefined;
  if (known === undefined) return linkNotary(parts);
  const connection = new NotaryConnection({ address: () => known.address, token: known.token, attempts: 1 });
  try {
    const signing = remoteNotary(connection);
    const keys = new KeyWatch(await signing.knownKeys(), { source: signing, log });
    return { signing, keys, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    if (hasCode(error, 'NOTARY_UNREACHABLE')) return linkNotary(parts);
    throw error;
  }
}

type Work = ReSignOptions & { readonly link: NotaryLink };

async function* renewStack(stack: StackConfiguration, work: Work): AsyncGenerator<ReSigned> {
  const { settings, link, isDryRun } = work;
  const { name, layouts } = stack;
  const { verifier } = link.keys;
  const storage = await mirrorStorage(stack, { ...work, folder: dataFolder(settings.configuration.data) });
  const { store } = storage;
  const sign = (text: string) => link.signing.signStatement({ stack: name, root: '', text });
  const mirror = stackMirror({ storage, layouts, verifier, sign, clock: systemClock });
  const index = mirror.publisher('');
  const notary = createNotary({ signing: link.signing, store, verifier, index });
  try {
    for await (const id of listEntries(store)) {
      const found = await checkEntry(store, id, { verifier, requireSignature: true });
      if (found.state !== 'invalid' || found.code !== 'MIRROR_SIGNATURE_KEY_UNKNOWN') continue;
      const outcome = isDryRun ? { done: 'stale' as const } : await renew(id, { stack: name, notary, mirror });
      yield { stack: name, entry: entryName(id), ...outcome };
    }
    if (isDryRun) return;
    await mirror.v2('')?.publish();
    for (const root of ['locks/', 'snapshots/']) await renewCopies(store, root, verifier);
  } finally {
    index.close();
  }
}

async function renew(
  id: BuildcacheName,
  { stack, notary, mirror }: { stack: string; notary: Notary; mirror: StackMirror },
): Promise<Pick<ReSigned, 'done' | 'code'>> {
  const v2Mirror = mirror.v2('');
  try {
    const { name, version, hash } = id;
    const { specFile } = await notary.renew({ stack, name, version, hash, withSpecFile: v2Mirror !== undefined });
    if (specFile !== undefined) await v2Mirror?.write(specFile);
    return { done: 'signed' };
  } catch (error) {
    if (hasCode(error, 'NOTARY_UNREACHABLE')) throw error;
    return { done: 'refused', code: (error as { code?: string }).code ?? 'unknown' };
  }
}

/** Replaces the copies of manifests in views and snapshots; their blobs are those of the mirror. */
async function renewCopies(store: ObjectStore, root: string, verifier: Verifier): Promise<void> {
  for await (const { key } of store.list(root)) {
    const [, inner = ''] = /^[^/]+\/[^/]+\/(v3\/manifests\/spec\/.+)$/.exec(key) ?? [];
    if (parseManifestKey(inner) === undefined) continue;
    const [old, fresh] = [await store.get(key), await store.get(inner)];
    if (old === undefined || fresh === undefined || !(await isStale(old, verifier))) continue;
    // An entry that was built again is another package than the one whose tarball the view has.
    if (signedPayload(old.toString()) !== signedPayload(fresh.toString()) || (await isStale(fresh, verifier))) continue;
    await store.put(key, fresh, { contentType: 'application/json' });
  }
}

async function isStale(manifest: Buffer, verifier: Verifier): Promise<boolean> {
  try {
    await verifier(manifest.toString());
    return false;
  } catch (error) {
    return hasCode(error, 'MIRROR_SIGNATURE_KEY_UNKNOWN');
  }
}
