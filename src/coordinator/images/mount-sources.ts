import type { ImageTarget, PublishedElsewhere } from '../../image/index.ts';
import type { ImageTargets } from '../context.ts';
import type { Publication } from '../ports.ts';

/** How many other repositories are looked into: each costs a request. */
const MOST = 6;

/**
 * What was published last to the other repositories of a target's registry, those of the same stack first: whatever of
 * it the target lacks need not be sent there again.
 */
export async function mountSources(
  context: ImageTargets,
  stack: string,
  target: ImageTarget,
): Promise<readonly PublishedElsewhere[]> {
  const { repository: place } = target;
  if (place === undefined) return [];
  const stacks = [stack, ...[...context.stacks.keys()].filter((name) => name !== stack)];
  const newest = new Map<string, Publication>();
  for (const name of stacks)
    for (const one of context.ledger.publications(name).toReversed())
      if (one.state === 'published' && !newest.has(one.repository)) newest.set(one.repository, one);
  const found: PublishedElsewhere[] = [];
  for (const [repository, { digest }] of newest) {
    if (found.length === MOST) break;
    if (!repository.startsWith(`${place.registry}/`)) continue;
    const source = await context.imageTarget(repository);
    if (source.repository?.repository !== place.repository) found.push({ source, reference: digest as string });
  }
  return found;
}
