import { SlipwayError, hasCode, messageOf } from '../../kit/index.ts';
import type { ForgeEvent, PullRequest } from '../../forge/index.ts';
import { currentTime, type Stack } from '../context.ts';
import { carryOutClick } from '../actions/carry-out-click.ts';
import { endRequest } from '../promotion/end-request.ts';
import { removePreviews } from '../images/remove-previews.ts';
import { defaultBranchProblem } from './default-branch.ts';
import { approveHead, holdReason, pipelineOfHead, type Hold } from './forks.ts';
import { isLeftOut } from './left-out.ts';
import { reportConflict, reportExcluded, reportHeld, reportRefusal, reportWait } from './no-pipeline.ts';
import type { Coordinator } from '../coordinator.ts';
import type { PipelineRecord, PipelineSubject } from '../../pipeline/index.ts';
import type { RequestRecord } from '../requests/request-ledger.ts';
import { leaveQueue, subjectOfGroup } from './merge-queue.ts';
import { withActor } from './pushers.ts';
import type { StartOptions } from './start-pipeline.ts';
import { subjectOfRef } from './subject-of-ref.ts';
import { subjectOfRequest } from './subject-of-request.ts';
import { isProtectedBranch, isProtectedTag } from './trust.ts';

/** Polls a stack's remote, stores what is new, and handles all events that are stored. */
export async function pollStack(coordinator: Coordinator, stack: Stack): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  coordinator.outbox.deliver(name);
  const delivery = context.ledger.newestDelivery(name);
  const { events: reported, refs } = await stack.forge.poll(context.ledger.knownRefs(name));
  const problem = defaultBranchProblem(stack.configuration, refs);
  if (problem !== undefined)
    context.log.error({ stack: name, code: problem.code, hint: problem.hint }, problem.message);
  const events = reported.map((event) => withActor(context, name, event));
  context.ledger.receive(name, { refs, events, at: currentTime(context), delivery });
  await workInbox(coordinator, stack);
  await coordinator.reconsider(stack);
}

/**
 * Handles stored events, oldest first; each once, also across a crash. One whose pipeline may not start yet, because of
 * a quota or a block, or as long as the forge does not report whom it is from, stays stored, and is handled again with
 * the next call.
 */
export async function workInbox(coordinator: Coordinator, stack: Stack): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const waiting = new Map<string, string>();
  for (const { id, event } of context.ledger.pendingEvents(name)) {
    // What waited for a quota is outdated by whatever happened to its pull request since.
    const request = requestOf(event);
    const outdated = request === undefined ? undefined : waiting.get(request);
    try {
      await handle(coordinator, stack, { id, event });
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      if (isWait(error)) {
        reportWait(context, name, { event, error });
        if (request !== undefined) waiting.set(request, id);
        if (outdated !== undefined) context.ledger.eventDone(outdated);
        continue;
      }
      context.log.warn({ stack: name, event: event.type, code: error.code, error: messageOf(error) }, 'event refused');
      reportRefusal(context, name, { event, error });
    }
    if (outdated !== undefined) context.ledger.eventDone(outdated);
    context.ledger.eventDone(id);
    coordinator.outbox.deliver(name);
  }
}

/** Returns what an event is about, if a later event about the same outdates it. */
function requestOf(event: ForgeEvent): string | undefined {
  switch (event.type) {
    case 'pull-request-updated':
      return event.pullRequest.number;
    case 'pull-request-closed':
      return event.number;
    case 'merge-queued':
      return event.group.sha;
    case 'merge-dequeued':
      return event.sha;
    default:
      return undefined;
  }
}

function isWait(error: SlipwayError): boolean {
  return ['QUOTA_EXCEEDED', 'QUOTA_BLOCKED', 'PERMISSION_UNKNOWN'].includes(error.code);
}

async function handle(
  coordinator: Coordinator,
  stack: Stack,
  { id, event }: { id: string; event: ForgeEvent },
): Promise<void> {
  const { context } = coordinator;
  const { events } = stack.configuration;
  switch (event.type) {
    case 'branch-pushed':
      if (!events.pushes || !isProtectedBranch(stack.configuration, event.branch)) return;
      if (await isLeftOut(context, stack, event)) return;
      coordinator.context.quotas.requireStart({ stack: stack.configuration.name, source: 'push', actor: event.actor });
      return begin(coordinator, stack, {
        subject: await subjectOfRef(stack, { ...event, refType: 'branch', ref: event.branch }),
        inboxEvent: id,
      });
    case 'tag-pushed':
      if (!events.tags || !isProtectedTag(stack.configuration, event.tag)) return;
      if (await isLeftOut(context, stack, event)) return;
      return coordinator.publishTag(stack, event);
    case 'pull-request-updated':
      if (!events.pullRequests) return;
      return coordinator.requestTurns.run(stack.configuration.name, () =>
        takeRequest(coordinator, stack, { request: event.pullRequest, inboxEvent: id }),
      );
    case 'pull-request-closed':
      return coordinator.requestTurns.run(stack.configuration.name, () => closeRequest(coordinator, stack, event));
    case 'check-clicked':
      return carryOutClick(coordinator, stack, { id, click: event });
    case 'merge-queued': {
      if (!events.pullRequests) return;
      const subject = await subjectOfGroup(coordinator, stack, event.group);
      if (subject !== undefined) await begin(coordinator, stack, { subject, inboxEvent: id });
      return;
    }
    case 'merge-dequeued':
      return leaveQueue(coordinator, stack.configuration.name, event);
  }
}

/** Lets the head of a held request run. Safe to repeat: a head that has a pipeline gets no second one. */
export async function approveRequest(
  coordinator: Coordinator,
  stack: Stack,
  head: Parameters<typeof approveHead>[2],
): Promise<PipelineRecord | undefined> {
  const { context } = coordinator;
  context.quotas.requireStart({ stack: stack.configuration.name, source: 'pull_request', request: head.request });
  const request = approveHead(context, stack.configuration.name, head);
  const hold = await holdReason(context, stack, request);
  if (hold !== undefined) await reportHold(coordinator, stack, { request, hold });
  else if (pipelineOfHead(context, request) === undefined) await beginRequest(coordinator, stack, { request });
  coordinator.outbox.deliver(request.stack);
  return pipelineOfHead(context, request);
}

async function takeRequest(
  coordinator: Coordinator,
  stack: Stack,
  { request, inboxEvent }: { request: PullRequest; inboxEvent: string },
): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const before = context.ledger.request(name, request.number);
  const isReviewed = before?.approval?.sha === request.headSha && before.baseBranch === request.baseBranch;
  const approval = isReviewed ? before.approval : undefined;
  const record: RequestRecord = { ...request, stack: name, state: 'open', approval };
  context.ledger.saveRequest(record);
  if (isSameCode(before, request) && pipelineOfHead(context, record) !== undefined) return;
  const hold = await holdReason(context, stack, record);
  if (hold === undefined) await beginRequest(coordinator, stack, { request: record, inboxEvent });
  else await reportHold(coordinator, stack, { request: record, hold });
}

async function reportHold(
  { context }: Coordinator,
  stack: Stack,
  { request, hold }: { readonly request: RequestRecord; readonly hold: Hold },
): Promise<void> {
  if (hold.isSkipped === undefined) return reportHeld(context, request, hold);
  const { stack: name, headSha: head, baseSha: base, number } = request;
  const { description } = hold;
  await reportExcluded(context, stack, { stack: name, head, base, request: number, description });
}

/** Returns whether only the metadata of a request has changed: for example, that it is a draft. */
function isSameCode(before: RequestRecord | undefined, { headSha, baseBranch }: PullRequest): boolean {
  return before?.state === 'open' && before.headSha === headSha && before.baseBranch === baseBranch;
}

/** Begins a pipeline for the head of a request, whether or not it has one. */
export async function beginRequest(
  coordinator: Coordinator,
  stack: Stack,
  { request, ...options }: Pick<StartOptions, 'inboxEvent' | 'variables'> & { readonly request: RequestRecord },
): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  context.quotas.requireStart({ stack: name, source: 'pull_request', request: request.number });
  const merge = await stack.forge.mergeForTest(request);
  if ('conflict' in merge) return reportConflict(context, request, merge.conflict);
  await begin(coordinator, stack, { subject: subjectOfRequest(request, merge), ...options });
}

/** Begins the pipeline of a change. One that its own rules exclude is no fault. */
async function begin(
  coordinator: Coordinator,
  stack: Stack,
  { subject, ...options }: StartOptions & { readonly subject: PipelineSubject },
): Promise<void> {
  try {
    await coordinator.begin(subject, options);
  } catch (error) {
    if (!hasCode(error, 'PIPELINE_EXCLUDED')) throw error;
    await reportExcluded(coordinator.context, stack, subject);
  }
}

async function closeRequest(
  coordinator: Coordinator,
  stack: Stack,
  event: ForgeEvent & { type: 'pull-request-closed' },
): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const request = context.ledger.request(name, event.number);
  const { merged, mergeSha } = event;
  if (request !== undefined) context.ledger.saveRequest({ ...request, state: merged ? 'merged' : 'closed', mergeSha });
  coordinator.cancelRequest(name, event.number, event.merged ? 'merged' : 'closed');
  await endRequest(context, { stack: name, number: event.number });
  await removePreviews(context, stack, event.number);
}
