import type { ForgeComment } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import { isRequestCommand, commandScopes } from '../../access/index.ts';
import { currentTime, type ForgeWork, type Stack } from '../context.ts';
import type { CommandRecord } from './command-ledger.ts';
import { commandLine, commandWord } from './parse-command.ts';

/** Lists of forges lag behind: comments of this time are read again. */
const OVERLAP_MS = 120_000;
const HOUR_MS = 3600 * 1000;
/** Commands of one account on one request in an hour that changed nothing; further ones are ignored. */
const MOST_IN_VAIN = 10;

/**
 * Stores the commands in new comments on open requests, each once. Comments that were edited are ignored: another user
 * may have written the text that they have now. A forge that does not list its comments is asked again at the next
 * call. Comments from before the first call are none of ours. Returns whether there is a new command.
 */
export async function readComments(context: ForgeWork, { configuration: { name }, forge }: Stack): Promise<boolean> {
  const { ledger, log } = context;
  if (forge.comments === undefined) return false;
  const readTo = ledger.commentsReadTo(name);
  if (readTo === undefined) {
    ledger.saveCommentsReadTo(name, currentTime(context));
    return false;
  }
  try {
    const found = await forge.comments(new Date(Date.parse(readTo) - OVERLAP_MS).toISOString());
    const comments = found.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
    const isNew = comments.map((comment) => storeCommand(context, name, comment));
    const newest = comments.at(-1)?.at;
    if (newest !== undefined && Date.parse(newest) > Date.parse(readTo)) ledger.saveCommentsReadTo(name, newest);
    return isNew.includes(true);
  } catch (error) {
    log.warn({ stack: name, error: messageOf(error) }, 'comments could not be read');
    return false;
  }
}

function storeCommand(context: ForgeWork, stack: string, comment: ForgeComment): boolean {
  const { ledger, log } = context;
  const { id, author: actor, isBot, isEdited, at } = comment;
  const text = commandLine(comment.text);
  if (text === undefined || isBot || isEdited) return false;
  const request = ledger.request(stack, comment.request);
  if (request?.state !== 'open') return false;
  const source = `comment:${id}`;
  const given = ledger.commands(stack, request.number);
  if (given.some((one) => one.source === source)) return false;
  if (isFlood(given, comment)) {
    log.warn({ stack, request: request.number, actor }, 'command ignored: too many');
    return false;
  }
  const about = { stack, request: request.number, sha: request.headSha, actor };
  const isNew = ledger.saveCommand({ ...about, source, command: commandWord(text), text, at });
  if (isNew) log.info({ ...about, text }, 'command received');
  return isNew;
}

function isFlood(given: readonly CommandRecord[], { author, at }: ForgeComment): boolean {
  const since = Date.parse(at) - HOUR_MS;
  const inVain = given.filter((one) => one.actor === author && isInVain(one) && Date.parse(one.at) > since);
  return inVain.length >= MOST_IN_VAIN;
}

/** What anybody may ask counts too: each answer is written to the forge. */
function isInVain({ state, command }: CommandRecord): boolean {
  return state !== 'done' || (isRequestCommand(command) && commandScopes[command] === 'read');
}
