import { currentTime, type ForgeRecords, type Timed } from '../context.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication } from './publication-ledger.ts';

const SHORT_SHA = 8;

/** A repository and a tag in it. */
export type ImageName = Pick<Publication, 'repository' | 'tag'>;

export function isSameImage(one: ImageName, other: ImageName): boolean {
  return one.repository === other.repository && one.tag === other.tag;
}

/** Returns the image of a publication as its rule names it. */
export function ruleImage({ repository, tag, rebase }: Publication): ImageName {
  return { repository, tag: rebase?.tag ?? tag };
}

/** Returns the last publication that gave an image's tag a commit. Rebases keep the commit. */
export function lastPublication({ ledger }: ForgeRecords, stack: string, image: ImageName): Publication | undefined {
  return ledger.publications(stack).findLast((one) => one.rebase === undefined && isSameImage(one, image));
}

/** Returns the newest image that was published for what a rule names, rebases included. */
export function newestPublished({ ledger }: ForgeRecords, stack: string, image: ImageName): Publication | undefined {
  return ledger.publications(stack, 'published').findLast((one) => isSameImage(ruleImage(one), image));
}

/** Returns whether a pipeline has a publication of an image already. */
export function isRecorded({ ledger }: ForgeRecords, { stack, id }: PipelineRecord, image: ImageName): boolean {
  return ledger.publications(stack).some((one) => one.pipeline === id && isSameImage(one, image));
}

/**
 * Returns the publication that gives this one's tag a newer commit: that of a later pipeline, or of the same git tag
 * after it moved.
 */
export function newerThan(
  context: ForgeRecords,
  publication: Publication,
  record: PipelineRecord,
): Publication | undefined {
  const { ledger } = context;
  const { stack, id, refType, ref, rebase } = publication;
  if (rebase !== undefined) {
    const newest = newestPublished(context, stack, ruleImage(publication));
    return newest?.id === rebase.of ? undefined : newest;
  }
  return ledger.publications(stack).find((one) => {
    if (one.rebase !== undefined || !isSameImage(one, publication)) return false;
    if (refType !== 'tag') return one.state === 'published' && Number(one.pipeline) > Number(record.id);
    const isOpen = one.state === 'waiting' || one.state === 'published';
    return isOpen && one.refType === 'tag' && one.ref === ref && Number(one.id) > Number(id);
  });
}

/** Returns the change of a publication whose tag belongs to a newer one. */
export function superseded(context: Timed, newer: Publication): Partial<Publication> {
  const { repository, tag, commit, rebase } = newer;
  const what = rebase === undefined ? `the newer commit ${commit.slice(0, SHORT_SHA)}` : `image ${newer.id}`;
  return {
    state: 'refused',
    superseded: true,
    message: reasonOf(newer),
    summary: `${repository}:${tag} already belongs to ${what}`,
    retryAt: undefined,
    finishedAt: currentTime(context),
  };
}

function reasonOf({ id, refType, ref, commit, pipeline, rebase }: Publication): string {
  if (rebase !== undefined) return `image ${id} has been built on a new base`;
  return refType === 'tag'
    ? `tag ${ref} has moved to ${commit.slice(0, SHORT_SHA)}`
    : `pipeline ${pipeline} has published a newer commit to this tag`;
}
