import { generateCosignKey } from '../../src/notary/index.ts';
import type { SignRecord } from '../../src/image/records/attach-records.ts';

/** A key of its own, and what it has signed. */
export function recordSigner(): { readonly sign: SignRecord; readonly publicKey: string; readonly signed: string[] } {
  const key = generateCosignKey();
  const signed: string[] = [];
  return {
    publicKey: key.publicKey,
    signed,
    sign: async (text) => {
      signed.push(text);
      return { signature: await key.sign(text), publicKey: key.publicKey };
    },
  };
}
