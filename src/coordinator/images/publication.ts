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
import { policyAt } from './policy-at.ts';
import { subjectOfRef } from '../changes/subject-of-ref.ts';
import { actorOf, pusherOf, pushedObject } from '../changes/pushers.ts';
import { publishedAs, reportImages, settlePublication } from './image-status.ts';
import { isSameImage, newerThan, superseded, type ImageName } from './newer-image.ts';
import { advancePreview } from './preview.ts';
import { refuseRetagged } from './retagged.ts';
import { afterFailure, isDue, mayPass } from './publish-again.ts';
import { actorRefusal, decide, type RuleDecision } from './actors.ts';
import type { Publication } from '../ports.ts';
import { explained, refusalText } from '../changes/refusal-text.ts';
import { imageContext, recordStatus } from '../status/status-report.ts';
import { isProtectedBranch } from '../changes/trust.ts';

type PublicationTarget = Pick<
  Publication,
  'repository' | 'tag' | 'refType' | 'ref' | 'commit' | 'pipeline' | 'objectSha' | 'actor'
>;

/** A tag of the repository, as the forge reported it. */
export type PushedTag = Pick<ForgeEvent & { type: 'tag-pushed' }, 'tag' | 'sha' | 'objectSha' | 'actor'>;

/** What a branch or a tag publishes. */
type Pushed = Omit<PublicationTarget, keyof ImageName>;

/** A stack and the tree that is to be published. */
interface Tree {
  readonly stack: string;
  readonly tree: string;
}

/** An image that is not published, and why. */
interface RefusedImage extends ImageName {
  readonly error: SlipwayError;
  readonly lacksActor?: boolean;
}

/**
 * A protected branch's pipeline has succeeded: what its rules name is to be published. Rules that name no proper tag
 * are reported at the commit. Safe to repeat. Throws if the repository cannot be read at present.
 */
export async function recordBranchPublications(
  context: StatusReporting & StackRegistry,
  record: PipelineRecord,
): Promise<void> {
  try {
    await recordMatches(context, record);
  } catch (error) {
    if (!(error instanceof SlipwayError) || mayPass(error)) throw error;
    context.log.warn({ pipeline: record.id, error: error.message }, 'image rules refused');
    recordFault(context, { tested: record, pushed: pushedBranch(record), error });
  }
}

function pushedBranch({ ref, sha: commit, id: pipeline }: PipelineRecord): Pushed {
  return { refType: 'branch', ref, commit, pipeline };
}

async function recordMatches(context: StatusReporting & StackRegistry, record: PipelineRecord): Promise<void> {
  const stack = context.stacks.get(record.stack) as Stack;
  const { images } = await policyAt(stack, record.sha);
  const decision = await decide(images, { branch: record.ref }, () => actorOf(context, stack, record));
  recordDecision(context, stack, {
    decision: without(decision, (one) => isRecorded(context, record, one)),
    tree: record.tree,
    pushed: pushedBranch(record),
  });
}

function isRecorded({ ledger }: ForgeRecords, { stack, id }: PipelineRecord, image: ImageName): boolean {
  return ledger.publications(stack).some((one) => one.pipeline === id && isSameImage(one, image));
}

/** A protected tag was pushed: what its rules name waits for the protected pipeline of the same tree. */
export async function recordTagPublications(context: StatusReporting, stack: Stack, pushed: PushedTag): Promise<void> {
  try {
    await recordTagMatches(context, stack, pushed);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { tag: ref, sha: commit, objectSha } = pushed;
    context.log.warn({ stack: stack.configuration.name, ref, error: error.message }, 'image rules refused');
    const tested = { stack: stack.configuration.name, tree: (await stack.forge.commit(commit)).tree };
    recordFault(context, { tested, pushed: { refType: 'tag', ref, commit, objectSha }, error });
  }
}

async function recordTagMatches(
  context: StatusReporting,
  stack: Stack,
  { tag: ref, sha: commit, objectSha, actor }: PushedTag,
): Promise<void> {
  const { name } = stack.configuration;
  const { images } = await policyAt(stack, commit);
  const pushed = { refType: 'tag', ref, commit, objectSha } as const;
  const decision = await decide(
    images,
    { tag: ref },
    async () => actor ?? pusherOf(context, stack, pushedObject({ ...pushed, sha: commit })),
  );
  if (decision.matches.length + decision.refused.length === 0) return;
  const { tree } = await stack.forge.commit(commit);
  const isNew = without(decision, (image) => isUnderWay(context, name, { ...pushed, ...image }));
  if (!(await isOnProtectedBranch(stack, commit))) {
    const remedy = `Merge the commit into \`${stack.configuration.defaultBranch}\` first, then tag it.`;
    const error = publicationRefused({ ref, stack: name }, 'its commit is on no protected branch', remedy);
    const refused = [...isNew.matches, ...isNew.refused].map((image) => ({ ...nameOf(image), error }));
    return recordRefusals(context, { stack: name, tree }, { pushed, refused });
  }
  const added = recordDecision(context, stack, { decision: isNew, tree, pushed });
  for (const publication of added) reportImages(context, publication);
}

/** Whether a protected branch contains the commit: only then is a tag of it published. */
export async function isOnProtectedBranch({ configuration, forge }: Stack, commit: string): Promise<boolean> {
  return (await forge.branchesWith(commit)).some((branch) => isProtectedBranch(configuration, branch));
}

/** Returns the part of a decision that is new. */
function without({ matches, refused, actor }: RuleDecision, isKnown: (image: ImageName) => boolean): RuleDecision {
  const isNew = (image: ImageName) => !isKnown(nameOf(image));
  return { actor, matches: matches.filter(isNew), refused: refused.filter(isNew) };
}

function nameOf({ repository, tag }: ImageName): ImageName {
  return { repository, tag };
}

/** Records what is to be published, and what is not because of who pushed. Returns the former. */
function recordDecision(
  context: StatusReporting,
  stack: Stack,
  { decision, tree, pushed }: { decision: RuleDecision; tree: string; pushed: Pushed },
): readonly Publication[] {
  const { matches, refused, actor } = decision;
  const tested = { stack: stack.configuration.name, tree };
  const lacksActor = actor === undefined ? true : undefined;
  recordRefusals(context, tested, {
    pushed: { ...pushed, actor },
    refused: refused.map((one) => {
      const error = actorRefusal(stack, pushed.ref, { rule: one.rule, actor });
      return { ...nameOf(one), error, lacksActor };
    }),
  });
  return matches.map((one) => addPublication(context, tested, { ...pushed, ...nameOf(one), actor }));
}

function recordRefusals(
  context: StatusReporting,
  tested: Tree,
  { pushed, refused }: { pushed: Pushed; refused: readonly RefusedImage[] },
): void {
  for (const { repository, tag, error, lacksActor } of refused) {
    const publication = addPublication(context, tested, { ...pushed, repository, tag });
    const { stack, ref, actor } = publication;
    context.log.warn({ stack, ref, actor, error: error.message }, 'image not published');
    const finishedAt = currentTime(context);
    settlePublication(context, publication, { state: 'refused', ...explained(error), lacksActor, finishedAt });
  }
}

/** A rule that makes no proper tag leaves a refused publication, so that the commit's status does not pass over it. */
function recordFault(
  context: StatusReporting,
  { tested, pushed, error }: { tested: Tree & { id?: string }; pushed: Pushed; error: SlipwayError },
): void {
  const { repository, tag } = error.details;
  const { stack, tree } = tested;
  if (error.code === 'IMAGE_TAG_INVALID') {
    const image = { repository: String(repository), tag: String(tag) };
    const known = context.ledger
      .publications(stack)
      .some((one) => isSameImage(one, image) && one.commit === pushed.commit);
    if (!known) recordRefusals(context, { stack, tree }, { pushed, refused: [{ ...image, error }] });
    return;
  }
  const status = { stack, sha: pushed.commit, context: imageContext, description: refusalText(error) };
  recordStatus(context, { ...status, state: 'error', page: `stacks/${stack}` });
}

/** Returns whether the newest publication of an image's tag is of this very tag: reported twice, or interrupted. */
function isUnderWay(context: ForgeRecords, stack: string, target: PublicationTarget): boolean {
  const last = context.ledger.publications(stack).findLast((one) => isSameImage(one, target));
  return (
    last?.ref === target.ref &&
    last.commit === target.commit &&
    (last.state === 'waiting' || last.state === 'published')
  );
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
  const { refType, ref, commit: sha } = publication;
  const begun = refType === 'pull-request' ? undefined : await begin(await subjectOfRef(stack, { refType, ref, sha }));
  if (begun === undefined) throw refusal(publication, 'there is no stack in its commit');
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

function addPublication(context: ForgeRecords & Timed, { stack, tree }: Tree, target: PublicationTarget): Publication {
  return context.ledger.addPublication({ ...target, stack, tree, createdAt: currentTime(context) });
}
