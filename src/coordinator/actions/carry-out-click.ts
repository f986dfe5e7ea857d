import { commandScopes, mayCommand } from '../../access/index.ts';
import type { CheckClick } from '../../forge/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import type { Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';
import { isExternal } from '../identities/is-external.ts';
import { retryPublication } from '../images/retry-publications.ts';
import type { RequestRecord } from '../ports.ts';
import { commander } from '../requests/commander.ts';
import { postedContext } from '../status/posted-context.ts';
import { imageContext, previewContext, statusContext } from '../status/status-report.ts';
import { actOnPipeline } from './user-actions.ts';

const AUDITED = { retry: 'pipeline.retry', cancel: 'pipeline.cancel', approve: 'request.approve' } as const;

interface Clicked extends CheckClick {
  /** Lets the head of a held request run. */
  readonly approve: (head: { request: string; sha: string; by: string }) => Promise<unknown>;
}

/**
 * Carries out what a person clicked on a check, if the forge lets the account do as much at this moment. Safe to
 * repeat. A refusal is recorded; only what may pass is thrown.
 */
export async function carryOutClick(coordinator: Coordinator, stack: Stack, clicked: Clicked): Promise<void> {
  const { audit, log } = coordinator.context;
  const { name } = stack.configuration;
  const { sha, actor, command } = clicked;
  const context = contextOf(stack, clicked);
  // Another stack has the same repository, and the check is one of its.
  if (context === undefined) return;
  const about = { who: `account:${actor}`, action: AUDITED[command], stack: name, on: `commit ${sha}` };
  try {
    await act(coordinator, stack, { ...clicked, context });
    audit.record({ ...about, outcome: 'done' });
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code === 'QUOTA_EXCEEDED' || error.code === 'PERMISSION_UNKNOWN')
      throw error;
    log.warn({ stack: name, sha, actor, command, error: messageOf(error) }, 'a click on a check was refused');
    audit.record({ ...about, outcome: 'refused', reason: messageOf(error) });
  }
}

/** Returns our own name of the check that was clicked; that of pipelines, where all of a commit are meant. */
function contextOf(stack: Stack, { context }: CheckClick): string | undefined {
  if (context === undefined) return statusContext;
  return [statusContext, imageContext, previewContext].find((own) => postedContext(stack, own) === context);
}

async function act(coordinator: Coordinator, stack: Stack, clicked: Clicked & { context: string }): Promise<void> {
  const { ledger, pipelines } = coordinator.context;
  const { name } = stack.configuration;
  const { sha, command, context } = clicked;
  if (command === 'approve') return approve(coordinator, stack, clicked);
  if (context !== statusContext) {
    await requirePermission(coordinator, stack, { clicked });
    return retryImages(coordinator, stack, { sha, isPreview: context === previewContext });
  }
  const pipeline = pipelines.list({ stack: name }).find((one) => one.head === sha && !isExternal(one));
  if (pipeline === undefined) throw outdated(stack, clicked);
  const request = pipeline.request === undefined ? undefined : ledger.request(name, pipeline.request);
  await requirePermission(coordinator, stack, { clicked, request });
  actOnPipeline(coordinator, pipeline.id, command);
}

/** Approves the commit for each open request whose head it is. */
async function approve(coordinator: Coordinator, stack: Stack, clicked: Clicked): Promise<void> {
  const { sha, actor: by } = clicked;
  const requests = coordinator.context.ledger.requests(stack.configuration.name);
  const held = requests.filter(({ state, headSha }) => state === 'open' && headSha === sha);
  if (held.length === 0) throw outdated(stack, clicked);
  for (const request of held) await requirePermission(coordinator, stack, { clicked, request });
  for (const { number: request } of held) await clicked.approve({ request, sha, by });
}

async function requirePermission(
  { context }: Coordinator,
  stack: Stack,
  { clicked, request }: { readonly clicked: CheckClick; readonly request?: RequestRecord },
): Promise<void> {
  const { sha, actor, command } = clicked;
  if (!mayCommand(command, await commander(context, stack, { actor, request })))
    throw coordinatorError('CLICK_FORBIDDEN', { actor, command, sha, needed: commandScopes[command] });
}

function outdated({ configuration: { name: stack } }: Stack, { sha, command }: CheckClick): SlipwayError {
  return coordinatorError('CLICK_OUTDATED', { stack, sha, command });
}

async function retryImages(
  coordinator: Coordinator,
  stack: Stack,
  { sha, isPreview }: { sha: string; isPreview: boolean },
): Promise<void> {
  const isFailed = (state: string) => state === 'failed' || state === 'refused';
  const failed = coordinator.context.ledger
    .publications(stack.configuration.name)
    .filter((one) => one.commit === sha && (one.refType === 'pull-request') === isPreview && isFailed(one.state));
  for (const { id } of failed) await retryPublication(coordinator, stack, { id });
}
