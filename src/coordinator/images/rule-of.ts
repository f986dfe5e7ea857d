import { matchRules, type ImageDefinition, type RuleMatch } from '../../image/index.ts';
import type { Publication } from './publication-ledger.ts';
import { isSameImage, ruleImage } from './newer-image.ts';

/** Returns the first rule of these definitions that makes the image of a publication; undefined if none does. */
export function ruleOf(
  images: readonly ImageDefinition[],
  publication: Publication,
): RuleMatch<ImageDefinition> | undefined {
  const { refType, ref, actor } = publication;
  const pushed = refType === 'branch' ? { branch: ref, actor } : { tag: ref, actor };
  return matchRules(images, pushed).find((one) => isSameImage(one, ruleImage(publication)));
}
