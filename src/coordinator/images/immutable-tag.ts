import type { ImageDefinition } from '../../image/index.ts';
import type { ForgeRecords, Stack } from '../context.ts';
import { policyAtCommit } from '../changes/stack-policy.ts';
import { publicationRefused } from '../errors.ts';
import type { Publication } from './publication-ledger.ts';
import { isSameImage } from './newer-image.ts';
import { ruleOf } from './rule-of.ts';

/** What a tag must go on to name, if it is immutable. */
export interface ImmutableTag {
  readonly immutable: boolean;
  /** Throws PUBLICATION_REFUSED for an image that the tag may not name, also where the registry has lost the tag. */
  check(digest: string): void;
}

/**
 * Returns whether the tag of a publication is immutable: by the rule of its own commit, or by a rule that the default
 * branch has now for it or for what was published under the tag before. So a commit cannot take the tag by leaving the
 * word out.
 */
export async function immutableTag(
  { ledger }: ForgeRecords,
  stack: Stack,
  { publication, images }: { publication: Publication; images: readonly ImageDefinition[] },
): Promise<ImmutableTag> {
  const { name, defaultBranch } = stack.configuration;
  const before = ledger.publications(name, 'published').filter((one) => isSameImage(one, publication));
  const tip = ledger.knownRefs(name).get(`refs/heads/${defaultBranch}`);
  const { policy } = tip === undefined ? {} : await policyAtCommit(stack, tip);
  const current = policy?.images ?? [];
  const immutable =
    isImmutable(images, publication) || [publication, ...before].some((one) => isImmutable(current, one));
  return {
    immutable,
    check: (digest) => {
      const found = before.at(-1)?.digest;
      if (!immutable || found === undefined || found === digest) return;
      const { repository, tag } = publication;
      throw publicationRefused(
        publication,
        `\`${repository}:${tag}\` is immutable, and was published as ${found}`,
        'Publish to another tag, or remove `immutable` from its rule, in the commit and on the default branch.',
      );
    },
  };
}

function isImmutable(images: readonly ImageDefinition[], publication: Publication): boolean {
  const rule = ruleOf(images, publication)?.rule;
  return rule !== undefined && 'immutable' in rule && rule.immutable === true;
}
