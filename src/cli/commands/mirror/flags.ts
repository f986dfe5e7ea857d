import type { Command } from 'commander';
import { openMirrorWriter, type MirrorLayout, type MirrorWriter, type NamedMirror } from '../../../mirror/index.ts';
import { createSigner, readSecretKey, readTrust, type Signer, type TrustRequest } from '../../../notary/index.ts';
import { readNamedFile } from '../../../kit/index.ts';
import type { CommandContext } from '../../command.ts';

export interface JsonFlag {
  readonly json?: true;
}

export type TrustFlags = Pick<TrustRequest, 'keys' | 'unsigned'>;

export interface WriteFlags extends TrustFlags, JsonFlag {
  readonly signWith?: string;
}

export const urlArgument = 'a folder, file://…, s3://bucket/prefix, oci://registry/repository, or https://… to read';
export const jsonOption = ['--json', 'print one line of JSON'] as const;
export const keysOption = [
  '--keys <file>',
  'public keys that entries must be signed with (default: SLIPWAY_TRUSTED_KEYS, a file or the keys themselves)',
] as const;
const unsignedOption = ['--unsigned', 'accept entries without a signature too'] as const;
const signOption = ['--sign-with <file>', 'secret key for the statement beside the index'] as const;

/** Adds the options of commands that read entries with signatures. */
export function addTrustOptions(command: Command): Command {
  return command.option(...keysOption).option(...unsignedOption);
}

/** Adds the options of commands that write to a mirror. */
export function addWriteOptions(command: Command): Command {
  return addTrustOptions(command)
    .option(...signOption)
    .option(...jsonOption);
}

/** A mirror that an argument or a flag names. */
export function mirrorAt(url: string, { cwd, env, terminal }: CommandContext): NamedMirror {
  return { url, cwd, env, warn: (message) => terminal.note(`warning: ${message}`) };
}

/** Counts the entries of a mirror, for the time that is left. */
export async function countEntries({ list }: Pick<MirrorLayout, 'list'>): Promise<number> {
  let count = 0;
  for await (const _ of list()) count += 1;
  return count;
}

/** The keys of `--keys`, else those of SLIPWAY_TRUSTED_KEYS. */
export function trustFlags({ keys, unsigned }: TrustFlags, { cwd, env }: CommandContext): TrustRequest {
  return { keys: keys ?? env.SLIPWAY_TRUSTED_KEYS, unsigned, cwd };
}

/** Opens a mirror that is written to, with its index; close the publisher after use. */
export async function openWriter(url: string, flags: WriteFlags, context: CommandContext): Promise<MirrorWriter> {
  const sign = (await readSigner(flags.signWith, context))?.sign;
  return openMirrorWriter(mirrorAt(url, context), { read: await readTrust(trustFlags(flags, context)), sign });
}

/** Returns a signer with the key of `--sign-with`. */
export async function readSigner(file: string | undefined, { cwd }: CommandContext): Promise<Signer | undefined> {
  return file === undefined ? undefined : createSigner(await readSecretKey(await readNamedFile(file, cwd)));
}
