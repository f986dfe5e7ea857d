import { describePipeline, type CoordinatorContext, type Publication } from '../../coordinator/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Observation } from '../../notify/index.ts';
import type { FeedEntry } from '../../store/index.ts';
import { publicationOf } from '../rest/rest-images.ts';

/** Failed attempts, over about 15 minutes, after which a publication counts as failed although it is tried again. */
const MANY_ATTEMPTS = 6;

/** Returns what a change means for notifications: only ends of protected pipelines and of publications count. */
export function observationOf(context: CoordinatorContext, { kind, subject }: FeedEntry): Observation | undefined {
  if (kind === 'pipeline') {
    const record = context.pipelines.record(subject);
    return record && ofPipeline(context, record);
  }
  if (kind !== 'image') return undefined;
  const publication = publicationOf(context, subject);
  return publication && ofPublication(context, publication);
}

function ofPipeline(context: CoordinatorContext, record: PipelineRecord): Observation | undefined {
  const { id, stack, trust, parent, status, refType, ref } = record;
  if (trust !== 'protected' || parent !== undefined || (status !== 'failed' && status !== 'success')) return undefined;
  const { description, page } = describePipeline(context, id);
  return {
    kind: 'pipeline',
    stack,
    subject: refType === 'tag' ? `tags/${ref}` : ref,
    isBad: status === 'failed',
    occasion: Number(id),
    text: description,
    url: `${context.baseUrl()}/${page}`,
  };
}

/** Previews concern their pull request alone, and a publication that a newer one replaced concerns no one. */
function ofPublication(context: CoordinatorContext, publication: Publication): Observation | undefined {
  const { id, stack, repository, tag, refType, state, superseded, attempts = 0 } = publication;
  if (refType === 'pull-request' || superseded === true || state === 'removed') return undefined;
  if (state === 'waiting' && attempts < MANY_ATTEMPTS) return undefined;
  const { summary, message, reference, digest } = publication;
  const isBad = state !== 'published';
  return {
    kind: 'publication',
    stack,
    subject: `${repository}:${tag}`,
    isBad,
    occasion: Number(id),
    text: isBad ? (summary ?? message ?? `It is ${state}`) : `${reference} ${digest?.slice(0, 19)}`,
    url: `${context.baseUrl()}/images/${id}`,
  };
}
