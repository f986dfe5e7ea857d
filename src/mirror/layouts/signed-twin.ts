import { signedPayload } from '../../spack/index.ts';
import type { ObjectStore } from '../stores/object-store.ts';

const PLAIN = /(?:^|\/)build_cache\/[^/]+-[a-z2-7]{32}\.spec\.json$/;

/**
 * What an unsigned spec file of layout v2 would say that is not in a store but, signed, lies beside its name; undefined
 * for all other keys. `spack buildcache check` of 0.23 looks for that name alone.
 */
export async function signedTwin(store: ObjectStore, key: string): Promise<string | undefined> {
  if (!PLAIN.test(key) || (await store.head(key)) !== undefined) return undefined;
  const signed = await store.get(`${key}.sig`);
  return signed === undefined ? undefined : signedPayload(signed.toString());
}
