import type { Stack } from '../../context.ts';
import { coordinatorError } from '../../errors.ts';
import { ruleImage } from '../newer-image.ts';
import { latestOf, type RuledImage } from './latest-images.ts';

/**
 * Returns the images that names mean: `repository:tag` is one, also an older one; `repository` is the newest of each
 * rule there. Without names it is those of every repository. Throws IMAGE_UNKNOWN.
 */
export async function namedImages(
  stack: Stack,
  published: readonly RuledImage[],
  names: readonly string[],
): Promise<readonly RuledImage[]> {
  const latest = await latestOf(stack, published);
  if (names.length === 0) return latest;
  const chosen = new Set<RuledImage>();
  for (const name of names) {
    const tagged = published.filter((one) => namesOf(one).includes(name));
    const found = tagged.length > 0 ? tagged : latest.filter(({ publication }) => publication.repository === name);
    if (found.length === 0)
      throw coordinatorError('IMAGE_UNKNOWN', { stack: stack.configuration.name, image: `\`${name}\`` });
    for (const one of found) chosen.add(one);
  }
  return [...chosen];
}

function namesOf({ publication }: RuledImage): readonly string[] {
  return [publication, ruleImage(publication)].map(({ repository, tag }) => `${repository}:${tag}`);
}
