import { blobKey, isClearsigned, type BuildcacheName } from '../../spack/index.ts';
import { inFlight } from '../maintenance/in-flight.ts';
import { entryName } from '../entries/blob-records.ts';
import { entryState, type Entry, type ReadOptions } from '../entries/entry.ts';
import { isEntryFault } from '../errors.ts';
import type { MirrorLayout, NewEntry } from './layout.ts';
import { transferBlob, type Transferred } from './transfer.ts';

interface MigrateOptions {
  /** The packages to copy; all by default. */
  readonly ids?: readonly BuildcacheName[];
  /** How entries of the source must be signed; what is not is not taken over. */
  readonly read: ReadOptions;
  /** Signs what cannot keep its signature, since the target's layout signs another text. Without, it goes unsigned. */
  readonly sign?: (text: string) => Promise<string>;
  /** An existing folder for tarballs on their way. */
  readonly scratch: string;
  readonly signal?: AbortSignal;
}

export interface Migrated {
  readonly entry: string;
  readonly tarball: Transferred | 'none';
  /**
   * `kept`: the source's own; `made`: by the signer's key; `lost`: it had one; `none`: it never had; `there`: the
   * target had this entry already; `refused`: left behind.
   */
  readonly signature: 'kept' | 'made' | 'lost' | 'none' | 'there' | 'refused';
  /** Why it was refused. */
  readonly reason?: string;
}

/** Each may have a tarball in `scratch`. */
const AT_ONCE = 4;

/**
 * Takes the packages of one mirror over into another, whatever their layouts; then the keys and, last, the index. What
 * the target has already is neither sent nor read again, so that it can be cut off and run again, or run after each
 * push. Entries that cannot be verified are reported and left behind.
 */
export async function* migrateMirror(
  from: MirrorLayout,
  to: MirrorLayout,
  options: MigrateOptions,
): AsyncIterable<Migrated> {
  yield* inFlight(options.ids ?? from.list(), AT_ONCE, async (id) => {
    options.signal?.throwIfAborted();
    return migrateEntry({ from, to }, id, options);
  });
  const keys = await from.keys();
  if (keys.length > 0) await to.publishKeys(keys);
  await to.publishIndex();
}

/** Reports an entry that is left behind. */
export function refusedEntry(entry: string, error: unknown): Migrated {
  if (!isEntryFault(error)) throw error;
  return { entry, tarball: 'none', signature: 'refused', reason: `${error.message} [${error.code}]` };
}

interface Ends {
  readonly from: MirrorLayout;
  readonly to: MirrorLayout;
}

async function migrateEntry({ from, to }: Ends, id: BuildcacheName, options: MigrateOptions): Promise<Migrated> {
  const name = entryName(id);
  try {
    const entry = await from.read(id, options.read);
    if (entry === undefined) throw new Error(`${name} vanished`);
    if (await hasAlready({ from, to }, entry, options)) return { entry: name, tarball: 'present', signature: 'there' };
    const { sha256: checksum, size: contentLength, key = from.tarballKey(entry) } = entry.tarball;
    const { way, diffId } = await transferBlob({
      from: { store: from.store, key },
      to: { store: to.store, key: to.tarballKey(entry) },
      record: { checksum, contentLength },
      label: { entry: name, part: 'tarball' },
      scratch: options.scratch,
      isTarball: true,
    });
    const made = { id: entry.spec.nodes[0], spec: entry.spec, tarball: { ...entry.tarball, diffId } };
    return { entry: name, tarball: way, signature: await putEntry({ from, to }, { entry, made }, options.sign) };
  } catch (error) {
    return refusedEntry(name, error);
  }
}

/**
 * Whether the target has all that migrating would give it: this tarball, and a text that is signed or not as it would
 * be.
 */
async function hasAlready({ from, to }: Ends, entry: Entry, { sign }: MigrateOptions): Promise<boolean> {
  const checked = await entryState(() => to.read(entry.spec.nodes[0], { requireSignature: false }));
  if (checked.state !== 'valid') return false;
  const { tarball, text } = checked.entry;
  if (tarball.sha256 !== entry.tarball.sha256) return false;
  if (from.kind === to.kind && isClearsigned(entry.text)) return text === entry.text;
  if (to.kind === 'v3' && tarball.diffId === undefined) return false;
  return isClearsigned(text) === (sign !== undefined);
}

async function putEntry(
  { from, to }: Ends,
  { entry, made }: { entry: Entry; made: NewEntry },
  sign: MigrateOptions['sign'],
): Promise<Migrated['signature']> {
  const isSigned = isClearsigned(entry.text);
  if (from.kind === to.kind && isSigned) {
    await copySpec({ from, to }, entry);
    await to.put(made, entry.text);
    return 'kept';
  }
  const payload = await to.payload(made);
  await to.put(made, sign === undefined ? payload : await sign(payload));
  if (sign !== undefined) return 'made';
  return isSigned ? 'lost' : 'none';
}

/** The blobs beside the tarball that a signed manifest names, byte for byte. */
async function copySpec({ from, to }: Ends, entry: Entry): Promise<void> {
  for (const { checksum } of entry.manifest.data) {
    if (checksum === entry.tarball.sha256) continue;
    const key = blobKey(checksum);
    if ((await to.store.head(key)) !== undefined) continue;
    const bytes = await from.store.get(key);
    if (bytes !== undefined) await to.store.put(key, bytes);
  }
}
