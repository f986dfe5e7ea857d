import { isFinal, type PipelineRecord, type PipelineSubject } from '../../pipeline/index.ts';
import type { ForgeEvent } from '../../forge/index.ts';
import { SlipwayError } from '../../kit/index.ts';
import {
  currentTime,
  type ForgeRecords,
  type ImagePublishing,
  type Stack,
  type StackRegistry,
  type StatusReporting,
  type Timed,
} from '../context.ts';
import { publicationRefused } from '../errors.ts';
import { publishTested } from './image-publisher.ts';
import { isOnProtectedBranch } from './on-protected-branch.ts';
import { policyAt } from './policy-at.ts';
import { subjectOfRef } from '../changes/subject-of-ref.ts';
import { actorOf, pusherOf, pushedObject } from '../changes/pushers.ts';
import { publishedAs, reportImages, settlePublication } from './image-status.ts';
import { isRecorded, isSameImage, lastPublication, newerThan, superseded, type ImageName } from './newer-image.ts';
import { advancePreview } from './preview.ts';
import { refuseRetagged } from './retagged.ts';
import { afterFailure, isDue, mayPass } from './publish-again.ts';
import { actorRefusal, decide, hasActors, type RuleDecision } from './actors.ts';
import type { Publication } from './publication-ledger.ts';
import { explained, refusalText } from '../changes/refusal-text.ts';
import { imageContext, recordStatus } from '../status/status-report.ts';

/** A tag of the repository, as the forge reported it. */
export type PushedTag = Pick<ForgeEvent & { type: 'tag-pushed' }, 'tag' | 'sha' | 'objectSha' | 'actor'>;

/** What a branch or a tag publishes. */
type Pushed = Pick<Publication, 'stack' | 'tree' | 'refType' | 'ref' | 'commit' | 'pipeline' | 'objectSha' | 'actor'>;

/** An image that is not published, and why. */
interface RefusedImage extends ImageName {
  readonly error: SlipwayError;
  readonly lacksActor?: boolean | undefined;
}

/**
 * Records what the rules publish of a protected branch whose pipeline has succeeded. Invalid rules are reported at the
 * commit. Safe to repeat. Throws if the repository cannot be read at present.
 */
export async function recordBranchPublications(
  context: StatusReporting & StackRegistry,
  record: PipelineRecord,
): Promise<void> {
  const { stack: name, tree, ref, sha: commit, id: pipeline } = record;
  const pushed: Pushed = { stack: name, tree, refType: 'branch', ref, commit, pipeline };
  const stack = context.stacks.get(name) as Stack;
  try {
    const { images } = await policyAt(stack, commit);
    const decision = await decide(stack, { images, pushed: { branch: ref } }, () => actorOf(context, stack, record));
    const isNew = (image: ImageName) => !isRecorded(context, record, image);
    recordDecision(context, stack, { decision: only(decision, isNew), pushed });
  } catch (error) {
    if (!(error instanceof SlipwayError) || mayPass(error)) throw error;
    recordFault(context, pushed, error);
  }
}

/** Records what the rules publish of a protected tag: it waits for the protected pipeline of the same tree. */
export async function recordTagPublications(
  context: StatusReporting,
  stack: Stack,
  { tag: ref, sha: commit, objectSha, actor }: PushedTag,
): Promise<void> {
  const { name, defaultBranch } = stack.configuration;
  const { tree } = await stack.forge.commit(commit);
  const pushed = { stack: name, tree, refType: 'tag', ref, commit, objectSha } as const;
  try {
    const { images } = await policyAt(stack, commit);
    const findActor = async () => actor ?? pusherOf(context, stack, pushedObject({ ...pushed, sha: commit }));
    const isNew = (image: ImageName) => !isUnderWay(context, pushed, image);
    const decision = only(await decide(stack, { images, pushed: { tag: ref } }, findActor), isNew);
    const all = [...decision.matches, ...decision.refused];
    if (all.length === 0) return;
    if (await isOnProtectedBranch(stack, commit)) {
      for (const publication of recordDecision(context, stack, { decision, pushed }))
        reportImages(context, publication);
      return;
    }
    const remedy = `Merge the commit into \`${defaultBranch}\` first, then tag it.`;
    const error = publicationRefused(pushed, 'its commit is on no protected branch', remedy);
    const refused = all.map(({ repository, tag }) => ({ repository, tag, error }));
    recordRefusals(context, pushed, refused);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    recordFault(context, pushed, error);
  }
}

/** Returns the part of a decision that concerns some images. */
function only({ matches, refused, actor }: RuleDecision, isIncluded: (image: ImageName) => boolean): RuleDecision {
  return { actor, matches: matches.filter(isIncluded), refused: refused.filter(isIncluded) };
}

/** Records what is to be published, and what is not because of who pushed. Returns the former. */
function recordDecision(
  context: StatusReporting,
  stack: Stack,
  { decision: { matches, refused, actor }, pushed }: { decision: RuleDecision; pushed: Pushed },
): readonly Publication[] {
  const by = { ...pushed, actor };
  const refusals = refused.map(({ repository, tag, rule }) => {
    const lacksActor = actor === undefined && hasActors(rule) ? true : undefined;
    return { repository, tag, error: actorRefusal(stack, pushed.ref, { rule, actor }), lacksActor };
  });
  recordRefusals(context, by, refusals);
  return matches.map((image) => addPublication(context, by, image));
}

function recordRefusals(context: StatusReporting, pushed: Pushed, refused: readonly RefusedImage[]): void {
  const { stack, ref, actor } = pushed;
  for (const { error, lacksActor, ...image } of refused) {
    const publication = addPublication(context, pushed, image);
    context.log.warn({ stack, ref, actor, error: error.message }, 'image not published');
    const finishedAt = currentTime(context);
    settlePublication(context, publication, { state: 'refused', ...explained(error), lacksActor, finishedAt });
  }
}

/** A rule with an invalid tag leaves a refused publication, so that the commit's status includes it. */
function recordFault(context: StatusReporting, pushed: Pushed, error: SlipwayError): void {
  const { stack, ref, commit: sha } = pushed;
  context.log.warn({ stack, ref, error: error.message }, 'image rules refused');
  if (error.code === 'IMAGE_TAG_INVALID') {
    const image = { repository: String(error.details.repository), tag: String(error.details.tag) };
    const isKnown = (one: Publication) => isSameImage(one, image) && one.commit === sha;
    if (!context.ledger.publications(stack).some(isKnown)) recordRefusals(context, pushed, [{ ...image, error }]);
    return;
  }
  const status = { stack, sha, context: imageContext, description: refusalText(error) };
  recordStatus(context, { ...status, state: 'error', page: `stacks/${stack}` });
}

/** Returns whether the newest publication of an image's tag is of this very tag: reported twice, or interrupted. */
function isUnderWay(context: ForgeRecords, { stack, ref, commit }: Pushed, image: ImageName): boolean {
  const last = lastPublication(context, stack, image);
  return last?.ref === ref && last.commit === commit && ['waiting', 'published'].includes(last.state);
}

/** Starts the pipeline of a commit; returns undefined if there is no stack in it. */
type BeginPipeline = (subject: PipelineSubject) => Promise<PipelineRecord | undefined>;

/** Advances every waiting publication of a stack as far as possible at present. */
export async function advancePublications(
  context: ImagePublishing,
  stackName: string,
  begin: BeginPipeline,
): Promise<void> {
  for (const publication of context.ledger.publications(stackName, 'waiting')) {
    if (!isDue(context, publication)) continue;
    try {
      await (publication.refType === 'pull-request'
        ? advancePreview(context, publication)
        : advance(context, publication, begin));
    } catch (error) {
      settlePublication(context, publication, afterFailure(context, publication, error));
    }
  }
}

async function advance(context: ImagePublishing, publication: Publication, begin: BeginPipeline): Promise<void> {
  await refuseRetagged(context, publication);
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
  if (isBuiltElsewhere(stack)) return;
  const { refType, ref, commit: sha } = publication;
  const begun = refType === 'pull-request' ? undefined : await begin(await subjectOfRef(stack, { refType, ref, sha }));
  if (begun === undefined) throw refusal(publication, 'there is no stack in its commit');
}

/** Returns whether only pipelines of another CI system build protected refs. */
function isBuiltElsewhere({ configuration: { identities, events } }: Stack): boolean {
  return identities.length > 0 && !events.pushes;
}

function endingOf({ status }: PipelineRecord): string {
  return status === 'success' ? 'has recorded no lock' : `ended as ${status}`;
}

function refusal(publication: Publication, reason: string): SlipwayError {
  return publicationRefused(publication, reason, 'Fix the stack, merge, and tag again.');
}

async function publish(context: ImagePublishing, publication: Publication, record: PipelineRecord): Promise<void> {
  const newer = newerThan(context, publication, record);
  if (newer !== undefined) return settlePublication(context, publication, superseded(context, newer));
  const result = await context.imageWork.use(() => publishTested(context, publication, record));
  settlePublication(context, publication, publishedAs(context, result, record));
  context.log.info({ stack: publication.stack, reference: result.reference, digest: result.digest }, 'image published');
}

function addPublication(context: ForgeRecords & Timed, pushed: Pushed, { repository, tag }: ImageName): Publication {
  return context.ledger.addPublication({ ...pushed, repository, tag, createdAt: currentTime(context) });
}
