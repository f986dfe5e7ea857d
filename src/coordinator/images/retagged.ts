import type { ForgeRecords, Stack, StackRegistry } from '../context.ts';
import { publicationRefused } from '../errors.ts';
import type { Publication } from './publication-ledger.ts';
import { definitionOf } from './image-publisher.ts';
import { isSameImage } from './newer-image.ts';

const SHORT_SHA = 8;

/**
 * Refuses the publication of a git tag that was moved after it had published other content, unless the image's policy
 * or a person lets it replace that.
 */
export async function refuseRetagged(context: ForgeRecords & StackRegistry, publication: Publication): Promise<void> {
  const { stack: name, refType, ref, repository, tag, tree, replace, rebase } = publication;
  if (refType !== 'tag' || replace === true || rebase !== undefined) return;
  const before = context.ledger
    .publications(name, 'published')
    .findLast((one) => one.refType === 'tag' && one.ref === ref && isSameImage(one, publication));
  if (before === undefined || before.tree === tree) return;
  const stack = context.stacks.get(name) as Stack;
  if ((await definitionOf(stack, publication)).retag === 'replace') return;
  throw publicationRefused(
    publication,
    `git tag \`${ref}\` was moved; \`${repository}:${tag}\` stays at ${before.commit.slice(0, SHORT_SHA)}`,
    'Push a new tag, or run `slipway publish retry --image ID --replace`; `retag: replace` always allows it.',
  );
}
