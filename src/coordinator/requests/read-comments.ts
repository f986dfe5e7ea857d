import type { ForgeComment } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import { currentTime, type ForgeWork, type Stack } from '../context.ts';
import type { CommandRecord } from '../ports.ts';
import { commandLine, commandWord } from './parse-command.ts';

/** Lists of forges lag behind: comments of this time are read again. */
const OVERLAP_MS = 120_000;
const HOUR_MS = 3600 * 1000;
/** Commands of one account on one request in an hour that were not carried out; further ones are ignored. */
const MOST_IN_VAIN = 10;

/**
 * Stores the commands in new comments on open requests, each once. Comments that were edited are ignored: another user
 * may have written the text that they have now. A forge that does not list its comments is asked again at the next
 * call. Comments from before the first call are none of ours.
 */
export async function readComments(context: ForgeWork, { configuration: { name }, forge }: Stack): Promise<void> {
  const { ledger, log } = context;
  if (forge.comments === undefined) return;
  const readTo = ledger.commentsReadTo(name);
  if (readTo === undefined) return ledger.saveCommentsReadTo(name, currentTime(context));
  try {
    const found = await forge.comments(new Date(Date.parse(readTo) - OVERLAP_MS).toISOString());
    const comments = found.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    for (const comment of comments) storeCommand(context, name, comment);
    const newest = comments.at(-1)?.at;
    if (newest !== undefined && Date.parse(newest) > Date.parse(readTo)) ledger.saveCommentsReadTo(name, newest);
  } catch (error) {
    log.warn({ stack: name, error: messageOf(error) }, 'comments could not be read');
  }
}

function storeCommand(context: ForgeWork, stack: string, comment: ForgeComment): void {
  const { ledger, log } = context;
  const { id, author: actor, isBot, isEdited, at } = comment;
  const text = commandLine(comment.text);
  if (text === undefined || isBot || isEdited) return;
  const request = ledger.request(stack, comment.request);
  if (request?.state !== 'open') return;
  const given = ledger.commands(stack, request.number);
  if (isFlood(given, comment)) return log.warn({ stack, request: request.number, actor }, 'command ignored: too many');
  const about = { stack, request: request.number, sha: request.headSha, actor };
  if (ledger.saveCommand({ ...about, source: `comment:${id}`, command: commandWord(text), text, at }))
    log.info({ ...about, text }, 'command received');
}

function isFlood(given: readonly CommandRecord[], { author, at }: ForgeComment): boolean {
  const since = Date.parse(at) - HOUR_MS;
  const inVain = given.filter((one) => one.actor === author && one.state !== 'done' && Date.parse(one.at) > since);
  return inVain.length >= MOST_IN_VAIN;
}
