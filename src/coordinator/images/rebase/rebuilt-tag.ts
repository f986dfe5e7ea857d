import type { ImageDefinition } from '../../../image/index.ts';
import type { ImageTargets } from '../../context.ts';
import { publicationRefused } from '../../errors.ts';
import type { Publication } from '../publication-ledger.ts';
import { isSameImage, ruleImage } from '../newer-image.ts';

/** Returns the tag of an image that is built on a new base. Throws PUBLICATION_REFUSED if the rule permits none. */
export async function rebuiltTag(
  context: ImageTargets,
  publication: Publication,
  { rebase, retag }: ImageDefinition,
): Promise<string> {
  const byDefault = publication.refType === 'branch' || retag === 'replace' ? 'move' : 'refuse';
  const choice = rebase ?? byDefault;
  const { repository, tag } = ruleImage(publication);
  if (choice === 'move') return tag;
  if (choice === 'revise') return nextRevision(context, publication);
  const reason = `its base has moved, and the tag \`${repository}:${tag}\` is not to move`;
  const remedy =
    'Set `rebase: move` for the image in `slipway.yaml` on the default branch, or `rebase: revise` for a new tag ' +
    `\`${tag}-r1\`.`;
  throw publicationRefused(publication, reason, remedy);
}

/** Returns the first `<tag>-r<number>` that neither we nor others have published. */
async function nextRevision(context: ImageTargets, publication: Publication): Promise<string> {
  const image = ruleImage(publication);
  const taken = context.ledger
    .publications(publication.stack)
    .filter((one) => one.state === 'published' && isSameImage(ruleImage(one), image))
    .map((one) => Number(one.tag.slice(`${image.tag}-r`.length)) || 0);
  const target = await context.imageTarget(image.repository);
  for (let number = Math.max(0, ...taken) + 1; ; number += 1) {
    const tag = `${image.tag}-r${number}`;
    if ((await target.readManifest(tag)) === undefined) return tag;
  }
}
