import { commandScopes, mayCommand, type RequestCommand } from '../../access/index.ts';
import type { CheckClick } from '../../forge/index.ts';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { pipelineOfHead } from '../changes/forks.ts';
import { currentTime, type Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';
import { isExternal } from '../identities/is-external.ts';
import { retryPublication } from '../images/retry-publications.ts';
import { commandActions } from '../requests/command-actions.ts';
import { commander } from '../requests/commander.ts';
import { postedContext } from '../status/posted-context.ts';
import { imageContext, previewContext, statusContext } from '../status/status-report.ts';
import { actOnPipeline } from './user-actions.ts';

interface StoredClick {
  /** Id of its event. */
  readonly id: string;
  readonly click: CheckClick;
}

/**
 * Takes a click on a check. On the head of an open request it is a command on that request, stored once and carried out
 * with those of comments. On any other commit it is carried out at once, if the account's tier lets it. Safe to repeat.
 * A refusal is recorded; only what may pass is thrown.
 */
export async function carryOutClick(coordinator: Coordinator, stack: Stack, stored: StoredClick): Promise<void> {
  const { audit, log } = coordinator.context;
  const { name } = stack.configuration;
  const { sha, actor, command } = stored.click;
  const context = contextOf(stack, stored.click);
  // Another stack has the same repository, and the check is one of its.
  if (context === undefined) return;
  if (context === statusContext && saveAsCommands(coordinator, stack, stored)) return;
  const action = context === statusContext ? commandActions[command] : 'image.publish';
  const about = { who: `account:${actor}`, action, stack: name, on: `commit ${sha}` };
  try {
    await requirePermission(coordinator, stack, stored.click);
    await act(coordinator, stack, { ...stored.click, context });
    audit.record({ ...about, outcome: 'done' });
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code === 'PERMISSION_UNKNOWN') throw error;
    log.warn({ stack: name, sha, actor, command, error: messageOf(error) }, 'a click on a check was refused');
    audit.record({ ...about, outcome: 'refused', reason: messageOf(error) });
  }
}

/** Returns our own name of the check that was clicked; that of pipelines, where all of a commit are meant. */
function contextOf(stack: Stack, { context }: CheckClick): string | undefined {
  if (context === undefined) return statusContext;
  return [statusContext, imageContext, previewContext].find((own) => postedContext(stack, own) === context);
}

/** Returns whether the commit is the head of an open request. */
function saveAsCommands({ context }: Coordinator, { configuration }: Stack, { id, click }: StoredClick): boolean {
  const { sha, actor } = click;
  const { name: stack } = configuration;
  const requests = context.ledger.requests(stack).filter(({ state, headSha }) => state === 'open' && headSha === sha);
  for (const request of requests) {
    const { number } = request;
    const command = commandFor(click, pipelineOfHead(context, request));
    const text = `/slipway ${command}${command === 'approve' ? ` ${sha}` : ''}`;
    const given = { stack, request: number, actor, command, text, sha, at: currentTime(context) };
    context.ledger.saveCommand({ ...given, source: `click:${id}:${number}` });
  }
  return requests.length > 0;
}

/** GitHub offers to run every check again, also where there is nothing to retry. */
function commandFor({ command }: CheckClick, pipeline: PipelineRecord | undefined): RequestCommand {
  const hasFailed = pipeline !== undefined && pipeline.status !== 'success';
  return command === 'retry' && !hasFailed ? 'run' : command;
}

async function requirePermission({ context }: Coordinator, stack: Stack, click: CheckClick): Promise<void> {
  const { sha, actor, command } = click;
  if (!mayCommand(command, await commander(context, stack, { actor })))
    throw coordinatorError('CLICK_FORBIDDEN', { actor, command, sha, needed: commandScopes[command] });
}

async function act(
  coordinator: Coordinator,
  stack: Stack,
  { sha, command, context }: CheckClick & { readonly context: string },
): Promise<void> {
  const { name } = stack.configuration;
  if (context !== statusContext) return retryImages(coordinator, stack, { sha, isPreview: context === previewContext });
  const pipelines = coordinator.context.pipelines.list({ stack: name });
  const pipeline = pipelines.find((one) => one.head === sha && !isExternal(one));
  if (pipeline === undefined || command === 'approve')
    throw coordinatorError('CLICK_OUTDATED', { stack: name, sha, command });
  actOnPipeline(coordinator, pipeline.id, command);
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
