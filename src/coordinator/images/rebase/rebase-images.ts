import { baseReader, describeRule } from '../../../image/index.ts';
import { SlipwayError } from '../../../kit/index.ts';
import type { Actor } from '../../../forge/index.ts';
import { wholeText } from '../../changes/refusal-text.ts';
import { currentTime, type CoordinatorContext, type ImagePublishing, type Stack } from '../../context.ts';
import type { Coordinator } from '../../coordinator.ts';
import { publicationRefused } from '../../errors.ts';
import type { Publication } from '../publication-ledger.ts';
import { reportImages } from '../image-status.ts';
import { isSameImage, ruleImage } from '../newer-image.ts';
import { checkBase, type CheckedBase } from './check-base.ts';
import { publishedImages } from './latest-images.ts';
import { namedImages } from './named-images.ts';
import { rebuiltTag } from './rebuilt-tag.ts';

type RebaseContext = ImagePublishing & Pick<CoordinatorContext, 'blocks'>;

interface Publisher extends Pick<Coordinator, 'publishSoon'> {
  readonly context: RebaseContext;
}

export interface RebaseRequest {
  /** `repository`, or `repository:tag`; without any the newest image of each rule. */
  readonly images?: readonly string[];
  /** Who requests it, as the audit log names them, and their account; absent for the server's schedule. */
  readonly by?: { readonly name: string; readonly actor: Actor | undefined } | undefined;
  /** Whether bases are only compared. */
  readonly isCheck?: boolean;
}

export interface RebaseOutcome extends CheckedBase {
  /** The publication that builds the image on the new base. */
  readonly rebuilt?: Publication;
}

/**
 * Compares the bases of a stack's published images with what their references name now. An image whose base has moved
 * is published again of the same commit and lock: a publication is recorded that waits, and goes on in the background.
 */
export async function rebaseImages(
  coordinator: Publisher,
  stack: Stack,
  request: RebaseRequest,
): Promise<readonly RebaseOutcome[]> {
  const { context } = coordinator;
  const { name } = stack.configuration;
  const chosen = await namedImages(stack, await publishedImages(context, stack), request.images ?? []);
  const read = baseReader({ credentialsFor: (registry) => context.registryCredentials(registry) });
  const at = currentTime(context);
  const outcomes: RebaseOutcome[] = [];
  for (const image of chosen) {
    const checked = await checkBase(context, stack, { image, read });
    const isDue = checked.state === 'moved' && request.isCheck !== true;
    outcomes.push(isDue ? await rebuild(context, checked, { ...request, at }) : checked);
  }
  if (outcomes.some(({ rebuilt }) => rebuilt !== undefined)) coordinator.publishSoon(name);
  return outcomes;
}

async function rebuild(
  context: RebaseContext,
  checked: CheckedBase,
  request: RebaseRequest & { readonly at: string },
): Promise<RebaseOutcome> {
  const { publication, match, bases } = checked;
  try {
    if (match === undefined) return checked;
    requireUnblocked(context, publication);
    requireActor(publication, match, request);
    const tag = await rebuiltTag(context, publication, match.image);
    requireIdle(context, checked, request);
    const { id: of, stack, repository, refType, ref, commit, tree, objectSha, pipeline, actor } = publication;
    const by = request.by?.name ?? 'schedule';
    const rebase = {
      of,
      tag: ruleImage(publication).tag,
      replaces: publication.digest as string,
      by,
      bases,
    };
    const subject = { stack, repository, tag, refType, ref, commit, tree, objectSha, pipeline, actor };
    const rebuilt = context.ledger.addPublication({ ...subject, rebase, createdAt: request.at });
    reportImages(context, rebuilt);
    context.log.info({ stack, image: rebuilt.id, of, by }, 'image is built on a new base');
    return { ...checked, rebuilt };
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'PUBLICATION_REFUSED') throw error;
    return { ...checked, message: wholeText(error) };
  }
}

/** Of a blocked stack nothing is published again. */
function requireUnblocked({ blocks, stacks }: RebaseContext, publication: Publication): void {
  const { stack } = publication;
  const blocked = blocks.reasonOf({ kind: 'stack', stack, name: stack }, { stacks });
  if (blocked === undefined) return;
  throw publicationRefused(publication, `the stack is blocked ${blocked}`, 'Run `slipway quota unblock` first.');
}

/** What only some accounts may publish, only they may have built again; the server's configuration may schedule it. */
function requireActor(
  publication: Publication,
  { rule }: NonNullable<CheckedBase['match']>,
  { by }: RebaseRequest,
): void {
  const allowed = 'actors' in rule ? rule.actors : undefined;
  if (allowed === undefined || by === undefined) return;
  const { actor } = by;
  if (actor !== undefined && allowed.includes(actor)) return;
  const who = actor === undefined ? 'the account of the request is unknown' : `the request is by \`${actor}\``;
  const reason = `${who}; rule \`${describeRule(rule)}\` allows ${allowed.join(', ')}`;
  throw publicationRefused(
    publication,
    reason,
    'Let one of these accounts request it, or configure a schedule (`rebase` of the stack).',
  );
}

/** Refuses a rebuild beside another publication of the image, and on a schedule one that has failed already. */
function requireIdle({ ledger }: ImagePublishing, { publication, bases }: CheckedBase, { by }: RebaseRequest): void {
  const image = ruleImage(publication);
  const own = ledger.publications(publication.stack).filter((one) => isSameImage(ruleImage(one), image));
  const waiting = own.find(({ state }) => state === 'waiting');
  if (waiting !== undefined)
    throw publicationRefused(publication, `image ${waiting.id} is being published`, 'Wait for its end.');
  const last = own.at(-1);
  const isSame = last?.state === 'failed' && JSON.stringify(last.rebase?.bases) === JSON.stringify(bases);
  if (by === undefined && isSame)
    throw publicationRefused(
      publication,
      `image ${last.id} is the same rebuild, and failed`,
      `Fix what it names, then run \`slipway publish retry --image ${last.id}\`.`,
    );
}
