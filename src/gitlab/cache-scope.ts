import type { Cache } from './job-plan.ts';

/**
 * Which jobs share caches: jobs of protected refs among themselves, all other jobs of the repository's own people,
 * and outsiders only with the jobs of the very same change, which `change` names.
 */
export type CacheScope =
  | { readonly kind: 'protected' | 'non_protected' }
  | { readonly kind: 'outside'; readonly change: string };

/**
 * Returns a cache with keys that name its scope, as GitLab's end in `-protected` and `-non_protected`
 * (https://docs.gitlab.com/ci/caching/#use-the-same-cache-for-all-branches). `unprotect` joins the first two scopes and
 * never the last. No key is without an ending, so that no job can name what belongs to another scope. `fallback` is
 * `CACHE_FALLBACK_KEY`.
 */
export function scopeCache(cache: Cache, scope: CacheScope, fallback?: string): Cache {
  const ending = endingOf(cache, scope);
  const fallbackKeys = [...cache.fallbackKeys, ...(fallback ? [fallback] : [])];
  return { ...cache, key: cache.key + ending, fallbackKeys: fallbackKeys.map((key) => key + ending) };
}

function endingOf({ unprotect }: Cache, scope: CacheScope): string {
  if (scope.kind === 'outside') return `-outside-${scope.change}`;
  return unprotect ? '-unprotected' : `-${scope.kind}`;
}
