import {
  mountable,
  publishImage,
  type ImageTarget,
  type Publishable,
  type PublishedElsewhere,
  type PublishOptions,
} from '../../image/index.ts';
import type { ImageTargets } from '../context.ts';
import type { Publication } from './publication-ledger.ts';

/** How many other repositories are looked into: each costs a request. */
const MOST = 6;

interface Destination {
  readonly stack: string;
  readonly target: ImageTarget;
}

/** Returns a function that publishes an image of a stack, and mounts layers that other repositories already have. */
export async function mountingPublisher(context: ImageTargets, { stack, target }: Destination) {
  const sources = await mountSources(context, stack, target);
  return async (images: Publishable, options: PublishOptions) =>
    publishImage(await mountable(images, sources), target, options);
}

/** Returns what was published last to the other repositories of a target's registry, those of the same stack first. */
async function mountSources(
  context: ImageTargets,
  stack: string,
  { repository: own }: ImageTarget,
): Promise<readonly PublishedElsewhere[]> {
  if (own === undefined) return [];
  const stacks = [stack, ...[...context.stacks.keys()].filter((name) => name !== stack)];
  const newest = new Map<string, Publication>();
  for (const name of stacks)
    for (const one of context.ledger.publications(name).toReversed())
      if (one.state === 'published' && !newest.has(one.repository)) newest.set(one.repository, one);
  const found: PublishedElsewhere[] = [];
  for (const [repository, { digest }] of newest) {
    if (found.length === MOST) break;
    if (!repository.startsWith(`${own.registry}/`)) continue;
    const source = await context.imageTarget(repository);
    if (source.repository?.repository !== own.repository) found.push({ source, reference: digest as string });
  }
  return found;
}
