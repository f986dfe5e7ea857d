import { describeRule, type ImageDefinition, type RuleMatch } from '../../../image/index.ts';
import type { ForgeRecords, Stack } from '../../context.ts';
import type { Publication } from '../publication-ledger.ts';
import { isSameImage, ruleImage } from '../newer-image.ts';
import { policyAt } from '../policy-at.ts';
import { ruleOf } from '../rule-of.ts';

/** A published image, and the rule that publishes it now. */
export interface RuledImage {
  readonly publication: Publication;
  /** Undefined if no rule does any more. */
  readonly match: RuleMatch<ImageDefinition> | undefined;
}

/** Returns the newest published image of each tag that a rule makes, without previews, newest first. */
export async function publishedImages(context: ForgeRecords, stack: Stack): Promise<readonly RuledImage[]> {
  const { name } = stack.configuration;
  const newest: Publication[] = [];
  for (const one of context.ledger.publications(name, 'published').toReversed())
    if (one.refType !== 'pull-request' && !newest.some((other) => isSameImage(ruleImage(one), ruleImage(other))))
      newest.push(one);
  const tip = context.ledger.knownRefs(name).get(`refs/heads/${stack.configuration.defaultBranch}`);
  const found: RuledImage[] = [];
  for (const publication of newest) {
    // The present rules of the default branch count, because those of a git tag cannot be changed any more.
    const { images } = await policyAt(stack, tip ?? publication.commit);
    found.push({ publication, match: ruleOf(images, publication) });
  }
  return found;
}

/**
 * Returns those that the rules still stand for: of a branch that has the commit, and of git tags what the newest tag of
 * each rule published.
 */
export async function latestOf(stack: Stack, images: readonly RuledImage[]): Promise<readonly RuledImage[]> {
  const tags = new Map<string, string>();
  const latest: RuledImage[] = [];
  for (const one of images) {
    const { publication, match } = one;
    if (match === undefined) continue;
    const { refType, ref, repository, commit } = publication;
    const rule = `${repository} ${describeRule(match.rule)}`;
    if (refType === 'tag' && !tags.has(rule)) tags.set(rule, ref);
    const isLatest = refType === 'tag' ? tags.get(rule) === ref : await isBranchOf(stack, ref, commit);
    if (isLatest) latest.push(one);
  }
  return latest;
}

/** A commit that is gone is of no branch. */
async function isBranchOf({ forge }: Stack, branch: string, commit: string): Promise<boolean> {
  const branches = await forge.branchesWith(commit).catch((): readonly string[] => []);
  return branches.includes(branch);
}
