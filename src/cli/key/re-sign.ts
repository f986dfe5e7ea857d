import { hasCode, programEntry, systemClock } from '../../kit/index.ts';
import { createLogger } from '../logger.ts';
import { dataFolder, loadServerSettings } from '../../coordinator/index.ts';
import type { ServerSettings, StackConfiguration, StackMirror } from '../../coordinator/index.ts';
import { checkEntry, entryName, listEntries } from '../../mirror/index.ts';
import type { ObjectStore, Verifier } from '../../mirror/index.ts';
import { NotaryConnection, createNotary, remoteDesk } from '../../notary/index.ts';
import type { Notary } from '../../notary/index.ts';
import { parseManifestKey, signedPayload } from '../../spack/index.ts';
import type { BuildcacheName } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { KeyWatch, linkNotary, mirrorPlace, readAddress, stackMirror } from '../../server/index.ts';
import type { NotaryLink } from '../../server/index.ts';
import type { ReSignFlags } from './ring-flags.ts';
import { homeOf } from './ring-place.ts';

/** What became of one entry whose signature counts no more. */
interface Renewed {
  readonly stack: string;
  readonly entry: string;
  readonly done: 'stale' | 'signed' | 'refused';
  /** Code of the refusal. */
  readonly code?: string;
}

/**
 * Signs anew, on the mirrors of all stacks, what a revoked key signed. The notary does it for what its log says that it
 * signed; whatever else has that key's signature is refused, and listed: somebody else may have had the key.
 */
export async function reSign(flags: ReSignFlags, context: CommandContext): Promise<void> {
  const settings = await loadServerSettings(flags, context.env, context.cwd);
  const link = await reachNotary(settings, context);
  try {
    const all: Renewed[] = [];
    for (const stack of settings.configuration.stacks)
      for await (const one of renewStack(stack, { settings, context, link, isDryRun: flags.dryRun === true })) {
        all.push(one);
        if (!flags.json) context.terminal.data(`${one.stack} ${one.entry} ${one.code ?? one.done}`);
      }
    if (flags.json) context.terminal.json({ entries: all });
    const refused = all.filter(({ done }) => done === 'refused').length;
    if (refused > 0) throw cliError('CLI_NOT_RE_SIGNED', { count: refused });
  } finally {
    await link.close();
  }
}

/** The notary that runs; else one for the time of the command. */
async function reachNotary(settings: ServerSettings, { env }: CommandContext): Promise<NotaryLink> {
  const folder = dataFolder(settings.configuration.data);
  const log = createLogger('silent');
  const parts = { settings, folder, env, log, entry: programEntry() };
  const known = settings.configuration.notary.url === undefined ? await readAddress(homeOf(settings)) : undefined;
  if (known === undefined) return linkNotary(parts);
  const connection = new NotaryConnection({ place: () => known.place, token: known.token, attempts: 1 });
  try {
    const desk = remoteDesk(connection);
    const keys = await KeyWatch.open(desk, { log });
    return { desk, keys, pid: () => undefined, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    if (hasCode(error, 'NOTARY_UNREACHABLE')) return linkNotary(parts);
    throw error;
  }
}

interface Work {
  readonly settings: ServerSettings;
  readonly context: CommandContext;
  readonly link: NotaryLink;
  readonly isDryRun: boolean;
}

async function* renewStack(stack: StackConfiguration, work: Work): AsyncGenerator<Renewed> {
  const { settings, context, link, isDryRun } = work;
  const { name, layouts } = stack;
  const { verifier } = link.keys;
  const folder = dataFolder(settings.configuration.data);
  const place = await mirrorPlace(stack, { settings, folder, env: context.env });
  const sign = (text: string) => link.desk.signStatement({ stack: name, root: '', text });
  const mirror = stackMirror({ place, layouts, verifier, sign, clock: systemClock });
  const index = mirror.publisher('');
  const notary = createNotary({ desk: link.desk, store: place.store, verifier, index });
  try {
    for await (const id of listEntries(place.store)) {
      const found = await checkEntry(place.store, id, { verifier, requireSignature: true });
      if (found.state !== 'invalid' || found.code !== 'MIRROR_SIGNATURE_KEY_UNKNOWN') continue;
      const about = { stack: name, entry: entryName(id) };
      yield isDryRun
        ? { ...about, done: 'stale' }
        : { ...about, ...(await renew(id, { stack: name, notary, mirror })) };
    }
    if (isDryRun) return;
    await mirror.shelf('')?.publish();
    for (const root of ['locks/', 'snapshots/']) await renewShares(place.store, root, work);
  } finally {
    index.close();
  }
}

async function renew(
  id: BuildcacheName,
  { stack, notary, mirror }: { stack: string; notary: Notary; mirror: StackMirror },
): Promise<Pick<Renewed, 'done' | 'code'>> {
  const shelf = mirror.shelf('');
  try {
    const { name, version, hash } = id;
    const { specFile } = await notary.renew({ stack, name, version, hash, withSpecFile: shelf !== undefined });
    if (specFile !== undefined) await shelf?.write(specFile);
    return { done: 'signed' };
  } catch (error) {
    if (hasCode(error, 'NOTARY_UNREACHABLE')) throw error;
    return { done: 'refused', code: (error as { code?: string }).code ?? 'unknown' };
  }
}

/** Views and snapshots hold copies of manifests; their blobs are those of the mirror. */
async function renewShares(store: ObjectStore, root: string, { link }: Work): Promise<void> {
  const { verifier } = link.keys;
  for await (const { key } of store.list(root)) {
    const [, inner = ''] = /^[^/]+\/[^/]+\/(v3\/manifests\/spec\/.+)$/.exec(key) ?? [];
    if (parseManifestKey(inner) === undefined) continue;
    const [old, fresh] = [await store.get(key), await store.get(inner)];
    if (old === undefined || fresh === undefined || !(await isStale(old, verifier))) continue;
    // Built anew since, it is another package than the one that this share has the tarball of.
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
