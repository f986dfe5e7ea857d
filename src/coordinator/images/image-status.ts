import type { Published } from '../../image/index.ts';
import { clip, withoutStop } from '../../report/index.ts';
import { currentTime, type Audited, type ForgeRecords, type StatusReporting, type Timed } from '../context.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { Publication, Rebase } from './publication-ledger.ts';
import type { StatusRecord } from '../status/status-ledger.ts';
import { imageContext, previewContext, recordStatus } from '../status/status-report.ts';

/** The worst one decides the status of the commit. */
const ORDER: readonly StatusRecord['state'][] = ['error', 'failure', 'pending', 'success'];

/** Stores what became of a publication, and the status of its commit. */
export function settlePublication(
  context: StatusReporting,
  publication: Publication,
  change: Partial<Publication>,
): void {
  // The status first: a publication that still waits is taken up again after a crash, and then reports the same.
  reportImages(context, { ...publication, ...change });
  context.ledger.updatePublication(publication.id, change);
  recordPublication(context, { ...publication, ...change });
}

const OUTCOMES: Partial<Record<Publication['state'], 'done' | 'refused' | 'failed'>> = {
  published: 'done',
  refused: 'refused',
  failed: 'failed',
};

/** What still waits is not recorded. */
function recordPublication({ audit }: Audited, publication: Publication): void {
  const { stack, repository, tag, state, pipeline, ref, commit, digest, message, rebase } = publication;
  const outcome = OUTCOMES[state];
  if (outcome === undefined) return;
  const facts = { ref, commit, pipeline, digest, rebaseOf: rebase?.replaces, base: rebase && baseText(rebase) };
  const known = Object.entries(facts).filter((pair) => pair[1] !== undefined);
  audit.record({
    who: publisherOf(publication),
    action: 'registry.push',
    stack,
    on: `${repository}:${tag}`,
    outcome,
    reason: outcome === 'done' ? undefined : message,
    details: Object.fromEntries(known as [string, string][]),
  });
}

function publisherOf({ actor, rebase }: Publication): string {
  if (rebase !== undefined) return rebase.by === 'schedule' ? 'server' : rebase.by;
  return actor === undefined ? 'server' : `account:${actor}`;
}

/** Names each base with its digest before and after. */
function baseText({ bases }: Rebase): string {
  return bases.map(({ reference, before, after }) => `${reference} ${before} -> ${after}`).join(', ');
}

/** What becomes of a publication that succeeded. */
export function publishedAs(context: Timed, result: Published, { id: pipeline }: PipelineRecord): Partial<Publication> {
  const cleared = { message: undefined, summary: undefined, retryAt: undefined };
  return { ...result, ...cleared, state: 'published', pipeline, finishedAt: currentTime(context) };
}

/**
 * Records one status for all publications of a commit, so that it is a success only when each of its tags is published.
 * `changed` counts as it is passed, also where the store does not have it yet. Previews have a context of their own.
 */
export function reportImages(context: StatusReporting, changed: Publication): void {
  const { stack, commit: sha } = changed;
  const all = publicationsOfCommit(context, changed);
  const published = all.filter((one) => stateOf(one) === 'success').length;
  const worst = ORDER.map((state) => all.findLast((one) => stateOf(one) === state)).find((one) => one !== undefined);
  const shown = worst ?? changed;
  recordStatus(context, {
    stack,
    sha,
    context: isPreview(changed) ? previewContext : imageContext,
    state: stateOf(shown),
    outcome: shown.superseded === true ? 'skipped' : undefined,
    description: withCount(textOf(shown), { published, all: all.length }),
    page: `images/${shown.id}`,
  });
}

/** The newest publication of each tag of the commit, oldest first. */
function publicationsOfCommit({ ledger }: ForgeRecords, changed: Publication): readonly Publication[] {
  const newest = new Map<string, Publication>();
  for (const one of ledger.publications(changed.stack)) {
    if (one.commit !== changed.commit || isPreview(one) !== isPreview(changed)) continue;
    const tag = `${one.repository}:${one.tag}`;
    newest.delete(tag);
    newest.set(tag, one.id === changed.id ? changed : one);
  }
  return [...newest.values()];
}

function isPreview({ refType }: Publication): boolean {
  return refType === 'pull-request';
}

function stateOf({ state, superseded }: Publication): StatusRecord['state'] {
  if (state === 'failed') return 'error';
  if (state === 'refused') return superseded === true ? 'success' : 'failure';
  return state === 'waiting' ? 'pending' : 'success';
}

function textOf(publication: Publication): string {
  const { state, reference, digest, repository, tag, retryAt, attempts = 0, summary, message, rebase } = publication;
  if (state === 'published') return `${reference} ${digest?.slice(0, 19)}`;
  if (state === 'waiting' && rebase !== undefined && retryAt === undefined) return 'Being built on the new base';
  if (state === 'waiting' && retryAt === undefined) return 'Waiting for the protected pipeline of this tree';
  if (state === 'waiting')
    return `Attempt ${attempts} failed, next at ${retryAt?.slice(11, 16)} UTC: ${summary ?? message}`;
  return summary ?? message ?? `${repository}:${tag} is ${state}`;
}

/** How many of several tags are published; that stays whole where the text must be cut. */
function withCount(text: string, { published, all }: { published: number; all: number }): string {
  if (all < 2) return text;
  const count = published === all ? ` (all ${all} tags)` : ` (${published} of ${all} tags published)`;
  return clip(withoutStop(text), 140 - count.length) + count;
}
