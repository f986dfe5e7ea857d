import { SlipwayError, messageOf } from '../../kit/index.ts';
import { mayCommand } from '../../access/index.ts';
import { currentTime, type Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { pollStack } from '../changes/intake.ts';
import type { CommandRecord } from './command-ledger.ts';
import { answerNaming, refusalBy } from './answer.ts';
import { commandActions } from './command-actions.ts';
import { commander } from './commander.ts';
import { helpText, requestActions, type ActionOutcome } from './request-actions.ts';
import { parseCommand } from './parse-command.ts';
import { readComments } from './read-comments.ts';

/** How long a command waits for a forge that does not answer. */
const PATIENCE_MS = 3600 * 1000;
/** The first word of a comment may be any. */
const AUDITED: ReadonlyMap<string, string> = new Map(Object.entries(commandActions));

/**
 * Reads commands from the comments of a stack, and carries out all that are stored, the oldest first. The permission of
 * an account is read at that moment. One about which the forge or the audit log gives no answer stays stored, and is
 * tried again at the next call, for an hour.
 */
export async function workCommands(coordinator: Coordinator, stack: Stack): Promise<void> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  // A head may be newer than the last poll that the comment on it was read with.
  if (await readComments(context, stack)) await pollStack(coordinator, stack);
  for (const command of context.ledger.pendingCommands(name)) {
    await coordinator.requestTurns.run(name, async () => {
      const outcome = await tryCommand(coordinator, stack, command);
      if (outcome !== undefined) recordAnswer(coordinator, command, outcome);
    });
  }
}

async function tryCommand(
  coordinator: Coordinator,
  stack: Stack,
  command: CommandRecord,
): Promise<ActionOutcome | undefined> {
  const { context } = coordinator;
  try {
    return await carryOut(coordinator, stack, command);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { id, stack: name, at } = command;
    const isPassing = error.status >= 500 && Date.parse(currentTime(context)) - Date.parse(at) < PATIENCE_MS;
    const about = { stack: name, command: id, code: error.code, error: messageOf(error) };
    context.log.warn(about, isPassing ? 'command not carried out yet' : 'command refused');
    return isPassing ? undefined : refusalBy(error);
  }
}

async function carryOut(coordinator: Coordinator, stack: Stack, command: CommandRecord): Promise<ActionOutcome> {
  const { context } = coordinator;
  const { actor, text, stack: name } = command;
  const request = context.ledger.request(name, command.request);
  if (request?.state !== 'open') return { state: 'refused', answer: 'The pull request is not open any more.' };
  const may = await commander(context, stack, { actor, request });
  const parsed = parseCommand(text);
  if ('fault' in parsed) return { state: 'refused', answer: `${parsed.fault} ${helpText(may)}` };
  if (!mayCommand(parsed.command, may))
    return {
      state: 'refused',
      answer: `\`${parsed.command}\` is not for accounts of the tier \`${may.tier}\`. ${helpText(may)}`,
    };
  if (AUDITED.has(parsed.command)) context.audit.require();
  return requestActions[parsed.command](coordinator, stack, { ...parsed, request, actor, may });
}

function recordAnswer({ context, outbox }: Coordinator, command: CommandRecord, outcome: ActionOutcome): void {
  const { id, stack, request, actor, sha, source, text } = command;
  const { state, pipeline } = outcome;
  const reason = answerNaming(sha, outcome);
  context.ledger.answerCommand(id, { state, answer: reason });
  const action = AUDITED.get(command.command);
  if (action !== undefined)
    context.audit.record({
      who: `account:${actor}`,
      action,
      stack,
      on: `pull request ${request}`,
      outcome: state,
      reason: state === 'refused' ? reason : undefined,
      details: { sha, source, text, ...(pipeline === undefined ? {} : { pipeline }) },
    });
  outbox.deliver(stack);
}
