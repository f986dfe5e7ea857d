import { randomUUID } from 'node:crypto';
import { SlipwayError } from '../../kit/index.ts';
import { currentTime, type Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { coordinatorError } from '../errors.ts';
import type { RequestRecord } from './request-ledger.ts';
import { answerNaming, refusalBy } from './answer.ts';
import { requestActions, type ActionOutcome } from './request-actions.ts';

interface GivenCommand {
  /** Number of the request. */
  readonly request: string;
  readonly command: 'run' | 'rebuild';
  readonly argument?: string;
  /** Account at the forge, or the name by which the server knows the person. */
  readonly actor: string;
}

/**
 * Carries out a command that a person gives to the server, and not at the forge, and stores it with its answer beside
 * those of comments. The caller checks their scope, and records it in the audit log. Call one at a time for a stack.
 * Throws if it is refused.
 */
export async function giveCommand(coordinator: Coordinator, stack: Stack, given: GivenCommand): Promise<ActionOutcome> {
  const { command, argument, actor } = given;
  const { name } = stack.configuration;
  const request = coordinator.context.ledger.request(name, given.request);
  if (request === undefined) throw coordinatorError('REQUEST_UNKNOWN', { request: given.request, stack: name });
  const { number, state } = request;
  if (state !== 'open') throw coordinatorError('REQUEST_NOT_OPEN', { request: number, stack: name, state });
  const order = { request, actor, argument };
  const outcome = await requestActions[command](coordinator, stack, order).catch((error: unknown) => {
    if (error instanceof SlipwayError && error.status < 500)
      saveAnswered(coordinator, { request, given, outcome: refusalBy(error) });
    throw error;
  });
  const reason = plainText(saveAnswered(coordinator, { request, given, outcome }));
  if (outcome.state === 'done') return outcome;
  throw coordinatorError('REQUEST_COMMAND_REFUSED', { command, request: number, reason });
}

interface Answered {
  readonly request: RequestRecord;
  readonly given: GivenCommand;
  readonly outcome: ActionOutcome;
}

/** Stores a command with its answer: without one it would be carried out again, as that of an account at the forge. */
function saveAnswered({ context, outbox }: Coordinator, { request, given, outcome }: Answered): string {
  const { stack, number, headSha: sha } = request;
  const { command, argument = '', actor } = given;
  const answer = answerNaming(sha, outcome);
  const text = `/slipway ${command} ${argument}`.trim();
  const about = { stack, request: number, source: `rest:${randomUUID()}`, actor, command, text, sha };
  context.ledger.saveCommand({ ...about, at: currentTime(context), state: outcome.state, answer });
  outbox.deliver(stack);
  return answer;
}

/** Answers are Markdown, whose links are of no use in the message of an error. */
function plainText(answer: string): string {
  return answer.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}
