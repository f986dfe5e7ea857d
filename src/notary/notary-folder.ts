import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Secret } from '../kit/index.ts';

/** Returns the folder of the signing logs in a notary's folder, one for each stack. */
export function logFolder(folder: string): string {
  return join(folder, 'logs');
}

export function signingLogFile(folder: string, stack: string): string {
  return join(logFolder(folder), `${stack}.jsonl`);
}

/** Returns the file in which a running notary writes its address; only its owner can read it. */
export function addressFile(folder: string): string {
  return join(folder, 'address.json');
}

export function keyFolder(folder: string): string {
  return join(folder, 'keys');
}

const Address = z.object({ address: z.string(), token: z.string() });

/** Returns the address of the notary that runs in a folder; undefined without one, or with one that was cut off. */
export async function readAddress(folder: string): Promise<{ address: string; token: Secret } | undefined> {
  const text = await readFile(addressFile(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { address, token } = Address.parse(JSON.parse(text));
  return { address, token: new Secret(token) };
}
