import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../kit/index.ts';

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
