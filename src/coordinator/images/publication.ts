import { isFinal } from '../../engine/index.ts';
import type { ForgeEvent } from '../../forge/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import { publishTested } from './image-publisher.ts';
import { policyAt } from './policy-at.ts';
import { subjectOfRef } from '../arrival/intake.ts';
import { actorOf, pusherOf, pushedObject } from '../arrival/pushers.ts';
import { actorRefusal, decide, refusalMessage } from './actors.ts';
import type { Decision } from './actors.ts';
import type { Journey } from '../journey.ts';
import type { PipelineRecord, Publication, StatusRecord } from '../ports.ts';
import { refusalText } from '../arrival/refusal-text.ts';
import { imageContext, recordStatus } from '../status/status-report.ts';
import { isProtectedBranch } from '../arrival/trust.ts';

type PublicationTarget = Pick<
  Publication,
  'repository' | 'tag' | 'refType' | 'ref' | 'commit' | 'pipeline' | 'objectSha' | 'actor'
>;

/** A tag of the repository, as the forge told of it. */
export type PushedTag = Pick<ForgeEvent & { type: 'tag-pushed' }, 'tag' | 'sha' | 'objectSha' | 'actor'>;

/**
 * A protected branch's pipeline has succeeded: what its rules name is to be published. Rules that name no proper tag
 * are told at the commit. Safe to repeat.
 */
export async function recordBranchPublications(context: CoordinatorContext, record: PipelineRecord): Promise<void> {
  try {
    await recordMatches(context, record);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    context.log.warn({ pipeline: record.id, error: error.message }, 'image rules refused');
    say(context, { stack: record.stack, commit: record.sha }, { state: 'error', description: error.message });
  }
}

async function recordMatches(context: CoordinatorContext, record: PipelineRecord): Promise<void> {
  const stack = context.stacks.get(record.stack) as Stack;
  const { images } = await policyAt(stack, record.sha);
  const decision = await decide(images, { branch: record.ref }, () => actorOf(context, stack, record));
  const known = context.journey.publications(record.stack).filter((one) => one.pipeline === record.id);
  recordDecision(context, stack, {
    decision: without(decision, (one) => known.some(({ repository, tag }) => isImage(one, { repository, tag }))),
    tree: record.tree,
    pushed: { refType: 'branch', ref: record.ref, commit: record.sha, pipeline: record.id },
  });
}

/** A protected tag was pushed: what its rules name waits for the protected pipeline of the same tree. */
export async function recordTagPublications(
  context: CoordinatorContext,
  stack: Stack,
  { tag: ref, sha: commit, objectSha, actor }: PushedTag,
): Promise<void> {
  const { configuration, forge } = stack;
  const { images } = await policyAt(stack, commit);
  const decision = await decide(
    images,
    { tag: ref },
    async () => actor ?? pusherOf(context, stack, pushedObject({ refType: 'tag', ref, sha: commit, objectSha })),
  );
  if (decision.matches.length + decision.refused.length === 0) return;
  const branches = await forge.branchesWith(commit);
  if (!branches.some((branch) => isProtectedBranch(configuration, branch))) {
    throw coordinatorError('PUBLICATION_REFUSED', {
      ref,
      stack: configuration.name,
      reason: 'its commit is on no protected branch',
      remedy: `Merge the commit into \`${configuration.defaultBranch}\` first, then tag it.`,
    });
  }
  const { tree } = await forge.commit(commit);
  const pushed = { refType: 'tag', ref, commit, objectSha } as const;
  const added = recordDecision(context, stack, {
    decision: without(decision, (image) => isUnderWay(context, configuration.name, { ...pushed, ...image })),
    tree,
    pushed,
  });
  for (const publication of added)
    say(context, publication, { state: 'pending', description: 'Waiting for the protected pipeline of this tree' });
}

type ImageName = Pick<Publication, 'repository' | 'tag'>;

/** What of a decision is new. */
function without({ matches, refused, actor }: Decision, isKnown: (image: ImageName) => boolean): Decision {
  const isNew = ({ repository, tag }: ImageName) => !isKnown({ repository, tag });
  return { actor, matches: matches.filter(isNew), refused: refused.filter(isNew) };
}

/** Records what is to be published, and what is not because of who pushed; gives the former. */
function recordDecision(
  context: CoordinatorContext,
  stack: Stack,
  { decision, tree, pushed }: { decision: Decision; tree: string; pushed: Omit<PublicationTarget, keyof ImageName> },
): readonly Publication[] {
  const { matches, refused, actor } = decision;
  const tested = { stack: stack.configuration.name, tree };
  for (const { repository, tag, rule } of refused) {
    const error = actorRefusal(stack, pushed.ref, { rule, actor });
    const { id } = addPublication(context, tested, { ...pushed, repository, tag, actor });
    context.log.warn({ stack: tested.stack, ref: pushed.ref, actor, error: error.message }, 'image not published');
    say(context, { ...tested, ...pushed }, { state: 'failure', description: refusalText(error) });
    const lacks = actor === undefined ? { lacksActor: true } : {};
    const message = refusalMessage(error);
    context.journey.updatePublication(id, { state: 'refused', message, finishedAt: now(context), ...lacks });
  }
  return matches.map(({ repository, tag }) => addPublication(context, tested, { ...pushed, repository, tag, actor }));
}

/** Whether the last word on an image's tag is this very tag of the repository: told twice, or cut off in the middle. */
function isUnderWay(context: CoordinatorContext, stack: string, target: PublicationTarget): boolean {
  const last = context.journey.publications(stack).findLast((one) => isImage(one, target));
  return (
    last?.ref === target.ref &&
    last.commit === target.commit &&
    (last.state === 'waiting' || last.state === 'published')
  );
}

/** Takes every waiting publication of a stack as far as it goes now. */
export async function advancePublications(journey: Journey, stackName: string): Promise<void> {
  const { context } = journey;
  for (const publication of context.journey.publications(stackName, 'waiting')) {
    // What a preview shows was tested already; one that is found so was cut off, and is made again.
    if (publication.refType === 'pull-request') continue;
    try {
      await advance(journey, publication);
    } catch (error) {
      giveUp(context, publication, error);
    }
  }
}

async function advance(journey: Journey, publication: Publication): Promise<void> {
  const { context } = journey;
  const tested = context.pipelines
    .list({ stack: publication.stack, tree: publication.tree })
    .filter(
      ({ trust, id }) => trust === 'protected' && (publication.pipeline === undefined || publication.pipeline === id),
    );
  const passed = tested.find(({ status, lockDigest }) => status === 'success' && lockDigest !== undefined);
  if (passed !== undefined) return publish(context, publication, passed);
  if (tested.some(({ status }) => !isFinal(status))) return;
  const [failed] = tested;
  if (failed !== undefined) throw refusal(publication, `pipeline ${failed.id} of this tree ${endingOf(failed)}`);
  const stack = context.stacks.get(publication.stack) as Stack;
  const { refType, ref, commit: sha } = publication;
  const begun =
    refType === 'pull-request' ? undefined : await journey.begin(await subjectOfRef(stack, { refType, ref, sha }));
  if (begun === undefined) throw refusal(publication, 'there is no stack in its commit');
}

function endingOf({ status }: PipelineRecord): string {
  return status === 'success' ? 'has recorded no lock' : `ended as ${status}`;
}

function refusal({ ref, stack }: Publication, reason: string): SlipwayError {
  return coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack,
    reason,
    remedy: 'Mend the stack, merge, and tag again.',
  });
}

async function publish(context: CoordinatorContext, publication: Publication, record: PipelineRecord): Promise<void> {
  const newer = context.journey
    .publications(publication.stack)
    .find((one) => isImage(one, publication) && one.state === 'published' && Number(one.pipeline) > Number(record.id));
  if (newer !== undefined && publication.refType === 'branch') {
    return context.journey.updatePublication(publication.id, {
      state: 'refused',
      message: `pipeline ${newer.pipeline} has published a newer commit to this tag`,
      finishedAt: now(context),
    });
  }
  const result = await context.imageWork.use(() => publishTested(context, publication, record));
  // The status first: a publication that is still waiting is taken up after a crash, and then says the same.
  say(context, publication, { state: 'success', description: `${result.reference} ${result.digest.slice(0, 19)}` });
  context.journey.updatePublication(publication.id, {
    ...result,
    state: 'published',
    pipeline: record.id,
    finishedAt: now(context),
  });
  context.log.info({ stack: publication.stack, reference: result.reference, digest: result.digest }, 'image published');
}

function isImage(one: ImageName, other: ImageName): boolean {
  return one.repository === other.repository && one.tag === other.tag;
}

function giveUp(context: CoordinatorContext, publication: Publication, error: unknown): void {
  const state = error instanceof SlipwayError && error.code === 'PUBLICATION_REFUSED' ? 'refused' : 'failed';
  const message = messageOf(error);
  context.log.error({ stack: publication.stack, ref: publication.ref, error: message }, 'image not published');
  const description = error instanceof SlipwayError ? refusalText(error) : message;
  say(context, publication, { state: state === 'refused' ? 'failure' : 'error', description });
  context.journey.updatePublication(publication.id, { state, message, finishedAt: now(context) });
}

function addPublication(
  context: CoordinatorContext,
  tested: { stack: string; tree: string },
  target: PublicationTarget,
): Publication {
  return context.journey.addPublication({ ...target, stack: tested.stack, tree: tested.tree, createdAt: now(context) });
}

function say(
  context: CoordinatorContext,
  { stack, commit }: { stack: string; commit: string },
  told: Pick<StatusRecord, 'state' | 'description'>,
): void {
  recordStatus(context, { ...told, stack, sha: commit, context: imageContext, at: now(context) });
}
