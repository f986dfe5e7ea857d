import { isTag } from '../oci/index.ts';
import { repositoriesOf } from './definition.ts';
import type { ImageDefinition } from './definition.ts';
import { imageError } from './errors.ts';
import { compileExpression, expressionOf, fillTag } from './expression.ts';
import { tagsOfRule } from './rules.ts';
import type { ImageRule } from './rules.ts';

/** A branch or a tag of the stack's repository by its short name, or a pull request by its number. */
export type PushedRef =
  | { readonly branch: string; readonly actor?: string | undefined }
  | { readonly tag: string; readonly actor?: string | undefined }
  | { readonly pullRequest: string };

export interface RuleMatch<Image> {
  readonly image: Image;
  readonly repository: string;
  /** Tag of the image. */
  readonly tag: string;
}

/** Which images a ref publishes, where, and under which tags; each repository and tag once, the first rule counts. */
export function matchRules<Image extends Pick<ImageDefinition, 'repository' | 'rules'>>(
  images: readonly Image[],
  ref: PushedRef,
): readonly RuleMatch<Image>[] {
  const matches = new Map<string, RuleMatch<Image>>();
  for (const image of images) {
    for (const tag of image.rules.flatMap((rule) => tagsOf(rule, ref))) {
      for (const repository of repositoriesOf(image)) {
        if (!isTag(tag)) throw imageError('IMAGE_TAG_INVALID', { repository, tag, ref: nameOf(ref) });
        const key = `${repository}:${tag}`;
        if (!matches.has(key)) matches.set(key, { image, repository, tag });
      }
    }
  }
  return [...matches.values()];
}

function tagsOf(rule: ImageRule, ref: PushedRef): readonly string[] {
  const groups = groupsOf(rule, ref);
  if (groups === undefined || !isAllowed(rule, ref)) return [];
  return tagsOfRule(rule).map((tag) => fillTag(tag, groups));
}

/** What a rule's expression matched of the ref, the whole first; undefined if the rule is for others. */
function groupsOf(rule: ImageRule, ref: PushedRef): readonly (string | undefined)[] | undefined {
  if ('pullRequests' in rule) return 'pullRequest' in ref ? [ref.pullRequest, ref.pullRequest] : undefined;
  if ('pullRequest' in ref) return undefined;
  if ('branch' in rule) return 'branch' in ref ? matchName(rule.branch, ref.branch) : undefined;
  if ('gitTag' in rule) return 'tag' in ref ? matchName(rule.gitTag, ref.tag) : undefined;
  return matchExpression(rule.ref, nameOf(ref));
}

function matchName(wanted: string, name: string): readonly (string | undefined)[] | undefined {
  const source = expressionOf(wanted);
  if (source !== undefined) return matchExpression(source, name);
  return wanted === name ? [name] : undefined;
}

function matchExpression(source: string, name: string): readonly (string | undefined)[] | undefined {
  const expression = compileExpression(source);
  return typeof expression === 'string' ? undefined : (expression.exec(name) ?? undefined);
}

function isAllowed(rule: ImageRule, ref: PushedRef): boolean {
  if ('pullRequests' in rule || rule.actors === undefined) return true;
  return 'actor' in ref && ref.actor !== undefined && rule.actors.includes(ref.actor);
}

function nameOf(ref: PushedRef): string {
  if ('pullRequest' in ref) return ref.pullRequest;
  return 'branch' in ref ? ref.branch : ref.tag;
}
