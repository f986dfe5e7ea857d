import { isTag } from '../../oci/index.ts';
import { repositoriesOf, type ImageDefinition } from '../definition.ts';
import { imageError } from '../errors.ts';
import { compileRefPattern, expressionOf, fillTag } from './expression.ts';
import { tagsOfRule, type ImageRule } from './rules.ts';

/** A branch or a tag of the stack's repository by its short name, or a pull request by its number. */
export type PushedRef =
  | { readonly branch: string; readonly actor?: string }
  | { readonly tag: string; readonly actor?: string }
  | { readonly pullRequest: string };

export interface RuleMatch<Image> {
  readonly image: Image;
  readonly repository: string;
  /** Tag of the image. */
  readonly tag: string;
  readonly rule: ImageRule;
}

type WithRules = Pick<ImageDefinition, 'repository' | 'rules'>;

/** Which images a ref publishes, where, and under which tags; each repository and tag once, the first rule counts. */
export function matchRules<Image extends WithRules>(
  images: readonly Image[],
  ref: PushedRef,
): readonly RuleMatch<Image>[] {
  return [...matchesOf(images, ref, (rule) => isAllowed(rule, ref)).values()];
}

/** Returns the matches of a ref that only the `actors` of a rule exclude. */
export function refusedMatches<Image extends WithRules>(
  images: readonly Image[],
  ref: PushedRef,
): readonly RuleMatch<Image>[] {
  const allowed = matchesOf(images, ref, (rule) => isAllowed(rule, ref));
  const others = matchesOf(images, ref, (rule) => !isAllowed(rule, ref));
  return [...others].flatMap(([name, match]) => (allowed.has(name) ? [] : [match]));
}

/** By repository and tag. */
function matchesOf<Image extends WithRules>(
  images: readonly Image[],
  ref: PushedRef,
  counts: (rule: ImageRule) => boolean,
): ReadonlyMap<string, RuleMatch<Image>> {
  const matches = new Map<string, RuleMatch<Image>>();
  for (const image of images) {
    for (const rule of image.rules.filter(counts)) {
      for (const tag of tagsOf(rule, ref)) {
        for (const repository of repositoriesOf(image)) {
          if (!isTag(tag)) throw imageError('IMAGE_TAG_INVALID', { repository, tag, ref: nameOf(ref) });
          const name = `${repository}:${tag}`;
          if (!matches.has(name)) matches.set(name, { image, repository, tag, rule });
        }
      }
    }
  }
  return matches;
}

function tagsOf(rule: ImageRule, ref: PushedRef): readonly string[] {
  const groups = groupsOf(rule, ref);
  return groups === undefined ? [] : tagsOfRule(rule).map((tag) => fillTag(tag, groups));
}

/** The groups of a rule's expression in the ref, the whole match first; undefined if the rule does not match. */
function groupsOf(rule: ImageRule, ref: PushedRef): readonly (string | undefined)[] | undefined {
  if ('pullRequests' in rule) return 'pullRequest' in ref ? [ref.pullRequest, ref.pullRequest] : undefined;
  if ('pullRequest' in ref) return undefined;
  if ('branch' in rule) return 'branch' in ref ? matchName(rule.branch, ref.branch) : undefined;
  if ('gitTag' in rule) return 'tag' in ref ? matchName(rule.gitTag, ref.tag) : undefined;
  return matchExpression(rule.ref, nameOf(ref));
}

function matchName(pattern: string, name: string): readonly (string | undefined)[] | undefined {
  const source = expressionOf(pattern);
  if (source !== undefined) return matchExpression(source, name);
  return pattern === name ? [name] : undefined;
}

function matchExpression(source: string, name: string): readonly (string | undefined)[] | undefined {
  const expression = compileRefPattern(source);
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
