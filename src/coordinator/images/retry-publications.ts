import { coordinatorError, publicationRefused } from '../errors.ts';
import type { ForgeRecords, Stack, StatusReporting } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import type { Publication } from './publication-ledger.ts';
import { decidedAgain, waitingAgain } from './actors.ts';
import { reportImages } from './image-status.ts';
import { lastPublication, newestPublished, ruleImage } from './newer-image.ts';
import { isOnProtectedBranch } from './on-protected-branch.ts';

interface Publisher extends Pick<Coordinator, 'publishSoon'> {
  readonly context: StatusReporting;
}

/**
 * Publishes one image again that was not published. The rules are applied again, so that they cannot be bypassed this
 * way. With `replace` it takes its tag whatever that names now. Returns when it waits; the attempt goes on in the
 * background.
 */
export async function retryPublication(
  coordinator: Publisher,
  stack: Stack,
  { id, replace = false }: { id: string; replace?: boolean },
): Promise<Publication> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const publication = context.ledger.publications(name).find((one) => one.id === id);
  if (publication === undefined) throw coordinatorError('IMAGE_UNKNOWN', { stack: name, image: id });
  const obstacle = obstacleTo(context, publication);
  if (obstacle !== undefined) throw coordinatorError('IMAGE_NOT_RETRYABLE', { image: id, reason: obstacle });
  await requireRule(stack, publication);
  const waiting = again(context, publication, replace);
  coordinator.publishSoon(name);
  return waiting;
}

/** The same for all images of a stack whose publishing failed, or that wait for another attempt. */
export function retryPublications(coordinator: Publisher, { configuration: { name } }: Stack): readonly Publication[] {
  const { context } = coordinator;
  const due = context.ledger
    .publications(name)
    .filter((one) => one.state === 'failed' || (one.state === 'waiting' && one.retryAt !== undefined))
    .filter((one) => obstacleTo(context, one) === undefined);
  const waiting = due.map((one) => again(context, one, false));
  coordinator.publishSoon(name);
  return waiting;
}

function obstacleTo(context: ForgeRecords, publication: Publication): string | undefined {
  const { state, superseded, retryAt } = publication;
  if (state === 'published' || state === 'removed') return `it is ${state}`;
  if (state === 'waiting' && retryAt === undefined) return 'it is being published, or waits for its pipeline';
  if (superseded === true || isOutdated(context, publication)) return 'its tag belongs to a newer publication';
  return undefined;
}

function isOutdated(context: ForgeRecords, publication: Publication): boolean {
  const { id, stack, rebase } = publication;
  if (rebase === undefined) return lastPublication(context, stack, publication)?.id !== id;
  return newestPublished(context, stack, ruleImage(publication))?.id !== rebase.of;
}

async function requireRule(stack: Stack, publication: Publication): Promise<void> {
  const { refType, commit, state, actor } = publication;
  if (refType === 'pull-request' || state !== 'refused') return;
  const refuse = (reason: string) => publicationRefused(publication, reason, 'Fix what is named, then try again.');
  if (refType === 'tag' && !(await isOnProtectedBranch(stack, commit)))
    throw refuse('its commit is on no protected branch');
  const decided = await decidedAgain(stack, publication, actor);
  if (decided.state !== 'waiting') throw refuse(decided.message ?? 'no rule of its `slipway.yaml` publishes it now');
}

function again(context: StatusReporting, publication: Publication, replace: boolean): Publication {
  const change = { ...waitingAgain, attempts: 0, retryAt: undefined, replace: replace || publication.replace };
  context.ledger.updatePublication(publication.id, change);
  const waiting = { ...publication, ...change };
  reportImages(context, waiting);
  context.log.info({ stack: publication.stack, image: publication.id, replace }, 'image is published again');
  return waiting;
}
