import { indexedDigests, type ImageTarget, type Removal } from '../../image/index.ts';
import { messageOf } from '../../kit/index.ts';
import {
  currentTime,
  type ForgeRecords,
  type ImageTargets,
  type Stack,
  type StackRegistry,
  type StatusReporting,
  type Timed,
} from '../context.ts';
import type { Publication } from './publication-ledger.ts';
import { previewContext, recordStatus } from '../status/status-report.ts';

/**
 * Removes the previews of a closed pull request, tag and manifests, also those that a later push replaced. What a
 * registry refuses to remove stays, and its record has the reason. What cannot be removed now is tried again at the
 * next start. Safe to repeat.
 */
export async function removePreviews(
  context: StatusReporting & ImageTargets,
  stack: Stack,
  request: string,
): Promise<void> {
  const { name } = stack.configuration;
  const isOwn = ({ refType, ref }: Publication) => refType === 'pull-request' && ref === `pull/${request}`;
  for (const { id } of context.ledger.publications(name, 'waiting').filter(isOwn))
    context.ledger.updatePublication(id, { ...gone(context), message: 'The pull request is over' });
  const own = context.ledger.publications(name, 'published').filter(isOwn);
  for (const { id } of own) context.ledger.updatePublication(id, { toRemove: true });
  // The newest first: the tag is its.
  for (const preview of own.toReversed()) await removeOne(context, preview);
}

/** Removes what an earlier server could not remove. */
export async function removeLeftPreviews(context: StatusReporting & ImageTargets, stack: string): Promise<void> {
  const left = context.ledger.publications(stack, 'published').filter(({ toRemove }) => toRemove === true);
  for (const preview of left.toReversed()) await removeOne(context, preview);
}

/** Returns the change of a preview that is not, or no longer, available. */
export function gone(context: Timed): Partial<Publication> {
  return { state: 'removed', toRemove: false, retryAt: undefined, finishedAt: currentTime(context) };
}

async function removeOne(context: StatusReporting & ImageTargets, preview: Publication): Promise<void> {
  const { ledger, log } = context;
  const { id, stack, reference } = preview;
  try {
    const outcome = await takeAway(await context.imageTarget(preview.repository), preview, isShared(context, preview));
    if (typeof outcome === 'object') {
      const message = `It stays, though its pull request is over: ${outcome.refused}`;
      ledger.updatePublication(id, { toRemove: false, message });
      log.warn({ stack, reference, reason: outcome.refused }, 'preview not removed');
      return;
    }
    ledger.updatePublication(id, { ...gone(context), message: undefined });
    const description = `${reference} is gone: the pull request is over`;
    recordStatus(context, {
      stack,
      sha: preview.commit,
      context: previewContext,
      state: 'success',
      description,
      page: `images/${id}`,
    });
  } catch (error) {
    log.warn(
      { stack, reference, error: messageOf(error) },
      'preview could not be removed; tried again at the next start',
    );
    ledger.updatePublication(id, { message: `It could not be removed: ${messageOf(error)}` });
  }
}

/** Whether something else that this server published is the very same image: then only the tag goes. */
function isShared(
  { ledger, stacks }: ForgeRecords & StackRegistry,
  { id, repository, digest, ref }: Publication,
): boolean {
  return [...stacks.keys()].some((stack) =>
    ledger
      .publications(stack, 'published')
      .some((one) => one.id !== id && one.repository === repository && one.digest === digest && one.ref !== ref),
  );
}

/** Removes the tag if it still names this image, then the image itself, with what its index names. */
async function takeAway(target: ImageTarget, { tag, digest }: Publication, shared: boolean): Promise<Removal> {
  if (digest === undefined) return 'absent';
  const inner = await indexedDigests(target, digest);
  const isTagged = (await target.readManifest(tag))?.descriptor.digest === digest;
  const untagged = isTagged ? await target.remove(tag) : 'absent';
  if (shared) return untagged;
  const removed = await target.remove(digest);
  if (typeof removed === 'object') return removed;
  for (const one of inner) await target.remove(one);
  return removed;
}
