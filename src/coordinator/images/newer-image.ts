import { currentTime, type ForgeRecords, type Timed } from '../context.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication } from '../ports.ts';

const SHORT_SHA = 8;

/** A repository and a tag in it. */
export type ImageName = Pick<Publication, 'repository' | 'tag'>;

export function isSameImage(one: ImageName, other: ImageName): boolean {
  return one.repository === other.repository && one.tag === other.tag;
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
  { ledger }: ForgeRecords,
  publication: Publication,
  record: PipelineRecord,
): Publication | undefined {
  const { stack, id, refType, ref } = publication;
  return ledger.publications(stack).find((one) => {
    if (!isSameImage(one, publication)) return false;
    if (refType !== 'tag') return one.state === 'published' && Number(one.pipeline) > Number(record.id);
    const isOpen = one.state === 'waiting' || one.state === 'published';
    return isOpen && one.refType === 'tag' && one.ref === ref && Number(one.id) > Number(id);
  });
}

/** Returns the change of a publication whose tag belongs to a newer one. */
export function superseded(context: Timed, newer: Publication): Partial<Publication> {
  const { repository, tag, refType, ref, commit, pipeline } = newer;
  const message =
    refType === 'tag'
      ? `tag ${ref} has moved to ${commit.slice(0, SHORT_SHA)}`
      : `pipeline ${pipeline} has published a newer commit to this tag`;
  return {
    state: 'refused',
    superseded: true,
    message,
    summary: `${repository}:${tag} already belongs to the newer commit ${commit.slice(0, SHORT_SHA)}`,
    retryAt: undefined,
    finishedAt: currentTime(context),
  };
}
