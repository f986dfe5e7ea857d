import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { Secret } from '../../kit/index.ts';
import type { DataFolder, ServerSettings } from '../../coordinator/index.ts';

/** Folder of the keys and logs of the notary that the server starts. */
export function notaryFolder({ configuration, base }: ServerSettings, folder: DataFolder): string {
  const named = configuration.notary.folder;
  return named === undefined ? folder.notary : resolve(base, named);
}

/** The append-only log of what was signed for a stack. */
export function signingLogFile(folder: string, stack: string): string {
  return join(folder, 'logs', `${stack}.jsonl`);
}

/** Where a running notary says how it is reached; only its owner may read it. */
export function addressFile(folder: string): string {
  return join(folder, 'address.json');
}

export function keyFolder(folder: string): string {
  return join(folder, 'keys');
}

const Address = z.object({ place: z.string(), token: z.string() });

/** How the notary that runs in this folder is reached; undefined if none does, or none that was ended properly. */
export async function readAddress(folder: string): Promise<{ place: string; token: Secret } | undefined> {
  const text = await readFile(addressFile(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { place, token } = Address.parse(JSON.parse(text));
  return { place, token: new Secret(token) };
}
