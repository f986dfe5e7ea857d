import { readNamedFile } from '../../kit/index.ts';
import { IndexPublisher, detectLayout, indexPath, isOldest } from '../../mirror/index.ts';
import type { Layout, ObjectStore, SignText } from '../../mirror/index.ts';
import { createSigner, readSecretKey } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { openGivenMirror, readTrust } from '../given-mirror.ts';
import type { TrustOptions } from '../given-mirror.ts';
import { folderOf, isFile, isFolderAbsent } from './mirror-folder.ts';

export interface JsonFlag {
  readonly json?: true;
}

export interface WriteFlags extends TrustOptions, JsonFlag {
  readonly signWith?: string;
}

export const urlArgument = 'a folder, file://…, s3://bucket/prefix, oci://registry/repository, or https://… to read';
export const jsonOption = ['--json', 'print one line of JSON'] as const;
export const keysOption = [
  '--keys <file>',
  'public keys that entries must be signed with (default: SLIPWAY_TRUSTED_KEYS, a file or the keys themselves)',
] as const;
export const unsignedOption = ['--unsigned', 'take entries without a signature too'] as const;
export const signOption = ['--sign-with <file>', 'secret key for the statement beside the index'] as const;

/** A mirror of layout v3 or v2 that is read. One of layout 0 is refused, and a folder that is not there: both would look empty. */
export async function openLayout(url: string, context: CommandContext): Promise<Layout> {
  requireMirror(url, context);
  return layoutAt(url, context);
}

/**
 * Throws for a folder that does not exist, and for a file in its place. What other stores hold is known only when it is
 * asked for.
 */
export function requireMirror(url: string, context: CommandContext): void {
  if (isFolderAbsent(url, context)) throw cliError('CLI_MIRROR_ABSENT', { mirror: url });
  if (isFile(url, context)) throw cliError('CLI_MIRROR_IS_FILE', { mirror: url });
}

async function layoutAt(url: string, context: CommandContext): Promise<Layout> {
  const layout = await detectLayout(await openGivenMirror(url, context));
  if (layout.kind === 'v2' && (await isOldest(layout.store)))
    throw cliError('CLI_MIRROR_LAYOUT_OLDEST', { mirror: url });
  return layout;
}

/** A mirror whose own layout is v3; one that has only an older layout is refused, for it would look empty. */
export async function openCurrent(url: string, context: CommandContext): Promise<ObjectStore> {
  return currentOf(await openLayout(url, context), url);
}

function currentOf({ kind, store }: Layout, url: string): ObjectStore {
  if (kind !== 'v3') throw cliError('CLI_MIRROR_LAYOUT_OLD', { mirror: url });
  return store;
}

/** A mirror that is written to, with its index; close the publisher after use. */
export async function openWriter(
  url: string,
  flags: WriteFlags,
  context: CommandContext,
): Promise<{ readonly store: ObjectStore; readonly publisher: IndexPublisher; readonly sign?: SignText }> {
  const store = currentOf(await layoutAt(url, context), url);
  const folder = folderOf(url, context);
  const sign = await readSign(flags.signWith, context);
  const options = {
    ...(folder === undefined ? {} : { path: indexPath(folder) }),
    ...(sign === undefined ? {} : { sign }),
  };
  const publisher = new IndexPublisher(store, await readTrust(flags, context), options);
  return { store, publisher, ...(sign === undefined ? {} : { sign }) };
}

/** Returns a signer with the key of `--sign-with`. */
export async function readSign(file: string | undefined, context: CommandContext): Promise<SignText | undefined> {
  if (file === undefined) return undefined;
  const signer = createSigner(await readSecretKey(await readNamedFile(file, context.cwd)));
  return (text) => signer.sign(text);
}
