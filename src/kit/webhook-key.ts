import type { Secret } from './secrets/secret.ts';

/** Length of a key in bytes, by Standard Webhooks (https://www.standardwebhooks.com). */
const SHORTEST = 24;
const LONGEST = 64;

/** Returns the key in a secret `whsec_…`, or the reason why there is none. */
export function webhookKey(secret: Secret): Buffer | string {
  const text = secret.reveal().replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return 'it is not `whsec_` and a key in base64';
  const key = Buffer.from(text, 'base64');
  const isFitting = key.length >= SHORTEST && key.length <= LONGEST;
  return isFitting ? key : `its key has ${key.length} bytes, but ${SHORTEST} to ${LONGEST} are required`;
}
