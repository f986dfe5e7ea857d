import { isTag } from '../oci/index.ts';
import { imageError } from './errors.ts';
import { compileExpression, fillTag } from './expression.ts';
import type { ImageDefinition, ImageRule } from './rules.ts';

/** A branch or a tag of the stack's repository, by its short name. */
export type PushedRef = { readonly branch: string } | { readonly tag: string };

export interface RuleMatch<Image> {
  readonly image: Image;
  /** Tag of the image. */
  readonly tag: string;
}

/** Which images a branch or tag publishes, and under which tags; each repository and tag once. */
export function matchRules<Image extends Pick<ImageDefinition, 'repository' | 'rules'>>(
  images: readonly Image[],
  ref: PushedRef,
): readonly RuleMatch<Image>[] {
  const matches = new Map<string, RuleMatch<Image>>();
  for (const image of images) {
    for (const rule of image.rules) {
      const tag = tagOf(rule, ref);
      if (tag === undefined) continue;
      if (!isTag(tag)) throw imageError('IMAGE_TAG_INVALID', { repository: image.repository, tag, ref: nameOf(ref) });
      const key = `${image.repository}:${tag}`;
      if (!matches.has(key)) matches.set(key, { image, tag });
    }
  }
  return [...matches.values()];
}

function tagOf(rule: ImageRule, ref: PushedRef): string | undefined {
  if ('branch' in rule) return 'branch' in ref && ref.branch === rule.branch ? rule.tag : undefined;
  const expression = compileExpression(rule.ref);
  const match = typeof expression === 'string' ? null : expression.exec(nameOf(ref));
  return match === null ? undefined : fillTag(rule.tag, match);
}

function nameOf(ref: PushedRef): string {
  return 'branch' in ref ? ref.branch : ref.tag;
}
