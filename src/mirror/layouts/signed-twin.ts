import { signedPayload } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';

const PLAIN = /(?:^|\/)build_cache\/[^/]+-[a-z2-7]{32}\.spec\.json$/;

/**
 * Returns the text of an unsigned spec file of layout v2 from the signed one beside it; undefined if it exists itself,
 * and for all other keys. `spack buildcache check` of 0.23 requests only that name.
 */
export async function signedTwin(store: ObjectStore, key: string): Promise<string | undefined> {
  if (!PLAIN.test(key) || (await store.head(key)) !== undefined) return undefined;
  const signed = await store.get(`${key}.sig`);
  return signed === undefined ? undefined : signedPayload(signed.toString());
}
