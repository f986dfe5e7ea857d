import { SlipwayError, messageOf } from '../../kit/index.ts';
import type { ForgeEvent, PullRequest } from '../../forge/index.ts';
import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { removePreviews } from '../images/remove-previews.ts';
import { isWanted } from './events-policy.ts';
import { approveHead, holdReason, pipelineOfHead, reportHeld } from './forks.ts';
import type { Journey } from '../journey.ts';
import type { PipelineRecord, PipelineSubject, RequestRecord } from '../ports.ts';
import { withActor } from './pushers.ts';
import { imageContext, recordStatus, statusContext } from '../status/status-report.ts';
import { refusalText } from './refusal-text.ts';
import { isProtectedBranch, isProtectedTag, trustOfRequest } from './trust.ts';

/** Looks at a stack's remote, stores what is new, and works through all that has been stored. */
export async function pollStack(journey: Journey, stack: Stack): Promise<void> {
  const { context } = journey;
  const name = stack.configuration.name;
  journey.outbox.deliver(name);
  const delivery = context.journey.newestDelivery(name);
  const { events: seen, refs } = await stack.forge.poll(context.journey.knownRefs(name));
  const events = seen.map((event) => withActor(context, name, event));
  context.journey.receive(name, { refs, events, at: now(context), delivery });
  await workInbox(journey, stack);
  await journey.reconsider(stack);
}

/** Answers stored events, oldest first; each once, also across a crash. */
export async function workInbox(journey: Journey, stack: Stack): Promise<void> {
  const { context } = journey;
  for (const { id, event } of context.journey.pendingEvents(stack.configuration.name)) {
    try {
      await answer(journey, stack, { id, event });
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const { name } = stack.configuration;
      context.log.warn({ stack: name, event: event.type, code: error.code, error: messageOf(error) }, 'event refused');
      reportRefusal(context, name, { event, error });
    }
    context.journey.eventDone(id);
    journey.outbox.deliver(stack.configuration.name);
  }
}

async function answer(journey: Journey, stack: Stack, { id, event }: { id: string; event: ForgeEvent }): Promise<void> {
  if (!isWanted(stack.configuration, event)) return;
  switch (event.type) {
    case 'branch-pushed':
      if (!isProtectedBranch(stack.configuration, event.branch)) return;
      await journey.begin(await subjectOfRef(stack, { ...event, refType: 'branch', ref: event.branch }), {
        inboxEvent: id,
      });
      return;
    case 'tag-pushed':
      if (isProtectedTag(stack.configuration, event.tag)) await journey.publishTag(stack, event);
      return;
    case 'pull-request-updated':
      return takeRequest(journey, stack, { request: event.pullRequest, inboxEvent: id });
    case 'pull-request-closed':
      return closeRequest(journey, stack, event);
  }
}

/** What a pipeline of a protected branch or tag runs on. */
export async function subjectOfRef(
  stack: Stack,
  pushed: Pick<PipelineSubject, 'ref' | 'sha' | 'actor' | 'beforeSha'> & { refType: 'branch' | 'tag' },
): Promise<PipelineSubject> {
  const { refType, ref, sha, actor, beforeSha } = pushed;
  const { tree } = await stack.forge.commit(sha);
  const { name } = stack.configuration;
  const source = refType === 'tag' ? 'tag' : 'push';
  return { stack: name, source, refType, ref, head: sha, base: sha, sha, tree, trust: 'protected', actor, beforeSha };
}

/** Lets the head of a held request run. Safe to repeat: a head that has a pipeline gets no second one. */
export async function approveRequest(
  journey: Journey,
  stack: Stack,
  asked: { request: string; sha: string },
): Promise<PipelineRecord | undefined> {
  const { context } = journey;
  const request = approveHead(context, stack.configuration.name, asked);
  const reason = await holdReason(context, stack, request);
  if (reason !== undefined) reportHeld(context, request, reason);
  else if (pipelineOfHead(context, request) === undefined) await beginRequest(journey, stack, { request });
  journey.outbox.deliver(request.stack);
  return pipelineOfHead(context, request);
}

async function takeRequest(
  journey: Journey,
  stack: Stack,
  { request, inboxEvent }: { request: PullRequest; inboxEvent: string },
): Promise<void> {
  const { context } = journey;
  const name = stack.configuration.name;
  const before = context.journey.request(name, request.number);
  const approvedSha = before?.approvedSha === request.headSha ? before.approvedSha : undefined;
  const record: RequestRecord = {
    ...request,
    stack: name,
    state: 'open',
    ...(approvedSha === undefined ? {} : { approvedSha }),
  };
  context.journey.saveRequest(record);
  const reason = await holdReason(context, stack, record);
  if (reason === undefined) await beginRequest(journey, stack, { request: record, inboxEvent });
  else reportHeld(context, record, reason);
}

async function beginRequest(
  journey: Journey,
  stack: Stack,
  { request, inboxEvent }: { request: RequestRecord; inboxEvent?: string },
): Promise<void> {
  const { context } = journey;
  const name = stack.configuration.name;
  const merge = await stack.forge.mergeForTest(request);
  if ('conflict' in merge) {
    recordStatus(context, {
      stack: name,
      sha: request.headSha,
      context: statusContext,
      state: 'error',
      description: `Conflicts with ${request.baseBranch}: ${merge.conflict} (merge ${request.baseBranch} into the branch, and push)`,
      at: now(context),
    });
    return;
  }
  const subject: PipelineSubject = {
    stack: name,
    source: 'pull_request',
    refType: 'pull-request',
    ref: `pull/${request.number}`,
    head: request.headSha,
    base: request.baseSha,
    sha: merge.sha,
    tree: merge.tree,
    trust: trustOfRequest(request),
    request: request.number,
  };
  await journey.begin(subject, { inboxEvent });
}

async function closeRequest(
  journey: Journey,
  stack: Stack,
  event: ForgeEvent & { type: 'pull-request-closed' },
): Promise<void> {
  const { context } = journey;
  const name = stack.configuration.name;
  const request = context.journey.request(name, event.number);
  if (request !== undefined) context.journey.saveRequest({ ...request, state: event.merged ? 'merged' : 'closed' });
  journey.cancelRequest(name, event.number, event.merged ? 'merged' : 'closed');
  await stack.mirror.removeRequest(event.number);
  await removePreviews(context, stack, event.number);
}

/** A change whose pipeline could not be made still gets a status that says why; a tag's is the image's, and leaves the pipeline's alone. */
function reportRefusal(
  context: CoordinatorContext,
  stack: string,
  refused: { event: ForgeEvent; error: SlipwayError },
): void {
  const { event, error } = refused;
  if (event.type === 'pull-request-closed') return;
  const sha = event.type === 'pull-request-updated' ? event.pullRequest.headSha : event.sha;
  const description = refusalText(error);
  recordStatus(context, {
    stack,
    sha,
    context: event.type === 'tag-pushed' ? imageContext : statusContext,
    state: 'error',
    description,
    at: now(context),
  });
}
