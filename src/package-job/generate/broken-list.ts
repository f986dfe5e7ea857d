import type { ProcessVariables } from '../../kit/index.ts';
import { generateError, type BuildPlan } from '../../generate/index.ts';
import { storeFromUrl } from '../../mirror/index.ts';
import { packageTitle } from '../../spack/index.ts';

/**
 * Refuses a plan that would build what is known to fail: `broken-specs-url` has an object for each such hash. As in
 * Spack, a list behind http(s) is not used, since http has no listing.
 */
export async function refuseBroken(
  plan: BuildPlan,
  list: string | undefined,
  { env, warn }: { readonly env: ProcessVariables; readonly warn: (message: string) => void },
): Promise<void> {
  if (list === undefined || list === '') return;
  if (/^https?:/.test(list)) return warn(`The list of broken packages at ${list} is not used: http has no listing.`);
  const broken = new Set<string>();
  for await (const { key } of (await storeFromUrl(list, env)).list('')) broken.add(key);
  const found = plan.decisions.filter(({ build, hash }) => build && broken.has(hash));
  if (found.length === 0) return;
  const packages = found.map(packageTitle).join(', ');
  throw generateError('GENERATE_KNOWN_BROKEN', { list, packages });
}
