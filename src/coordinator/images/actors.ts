import {
  describeRule,
  matchRules,
  refusedMatches,
  type ImageDefinition,
  type PushedRef,
  type RuleMatch,
} from '../../image/index.ts';
import type { Actor } from '../../forge/index.ts';
import { messageOf, type SlipwayError } from '../../kit/index.ts';
import { refusalText, wholeText } from '../changes/refusal-text.ts';
import { pusherOf, pushedObject, toldPusher } from '../changes/pushers.ts';
import type { ForgeRecords, ForgeWork, Stack } from '../context.ts';
import { coordinatorError } from '../errors.ts';
import type { Publication } from '../ports.ts';
import { policyAt } from './policy-at.ts';

/** What the rules say of a ref that was pushed. */
export interface Decision {
  readonly matches: readonly RuleMatch<ImageDefinition>[];
  /** What only `actors` keeps back. */
  readonly refused: readonly RuleMatch<ImageDefinition>[];
  /** Undefined where nobody knows, and where no rule asks. */
  readonly actor: Actor | undefined;
}

/** Applies the rules; who pushed is found out only where a rule asks for it. */
export async function decide(
  images: readonly ImageDefinition[],
  pushed: Exclude<PushedRef, { readonly pullRequest: string }>,
  findActor: () => Promise<Actor | undefined>,
): Promise<Decision> {
  const isAsked = refusedMatches(images, { ...pushed, actor: undefined }).length > 0;
  const actor = isAsked ? await findActor() : undefined;
  const ref = { ...pushed, actor };
  return { actor, matches: matchRules(images, ref), refused: refusedMatches(images, ref) };
}

/** Why `actors` keeps an image back, with the account, the rule, and what helps. */
export function actorRefusal(
  stack: Stack,
  ref: string,
  { rule, actor }: Pick<RuleMatch<ImageDefinition>, 'rule'> & { readonly actor: Actor | undefined },
): SlipwayError {
  const allowed = ('actors' in rule ? (rule.actors ?? []) : []).join(', ');
  const wants = `rule \`${describeRule(rule)}\` wants ${allowed}`;
  return coordinatorError('PUBLICATION_REFUSED', {
    ref,
    stack: stack.configuration.name,
    reason: actor === undefined ? `nobody knows who pushed it; ${wants}` : `\`${actor}\` pushed it; ${wants}`,
    remedy: actor === undefined ? howToKnow(stack) : `Have one of them push it, or add \`${actor}\` to \`actors\`.`,
  });
}

function howToKnow({ forge, webhookSecret, hookToken }: Stack): string {
  if (forge.kind === 'github' && webhookSecret === undefined)
    return 'Set up the webhook (`github.webhookSecret`): who pushed a tag GitHub tells by nothing else.';
  if (forge.kind === 'github') return 'It is decided again when the webhook for it comes; see its recent deliveries.';
  if (hookToken === undefined)
    return 'Give the stack a `hookToken`, and its hook that token: `slipway hook install --token-file`.';
  return 'It is decided again when the hook tells; see that it was installed with `--token-file` and `--actor`.';
}

/** How long a forge is asked again about what it did not know: its own record may come a little later. */
const ASKED_AGAIN_MS = 3600_000;

/**
 * Looks again at what was refused because nobody knew who had pushed. What may be published is waiting then; for the
 * rest it is said who it was. A tag that somebody else has had since stays with them. True if something waits. Safe to
 * repeat.
 */
export async function reconsiderPublications(context: ForgeWork, stack: Stack): Promise<boolean> {
  const { name } = stack.configuration;
  let isWaiting = false;
  for (const publication of context.ledger.publications(name, 'refused')) {
    if (publication.lacksActor !== true) continue;
    const actor = await actorByNow(context, stack, publication);
    if (actor === undefined) continue;
    const settled: Partial<Publication> = { actor, lacksActor: false };
    const change = isLastWord(context, publication)
      ? await decidedAnew(stack, publication, actor).catch((error: unknown) => ({
          ...settled,
          message: messageOf(error),
        }))
      : settled;
    context.ledger.updatePublication(publication.id, change);
    isWaiting ||= change.state === 'waiting';
  }
  return isWaiting;
}

async function actorByNow(context: ForgeWork, stack: Stack, publication: Publication): Promise<Actor | undefined> {
  const { refType, ref, commit: sha, objectSha, createdAt } = publication;
  if (refType === 'pull-request') return undefined;
  const pushed = pushedObject({ refType, ref, sha, objectSha });
  const isRecent = context.clock.now() - Date.parse(createdAt) < ASKED_AGAIN_MS;
  return isRecent ? pusherOf(context, stack, pushed) : toldPusher(context, publication.stack, pushed);
}

function isLastWord({ ledger }: ForgeRecords, { id, stack, repository, tag }: Publication): boolean {
  return ledger.publications(stack).findLast((one) => one.repository === repository && one.tag === tag)?.id === id;
}

/** What the rules say by now of a publication that they refused. */
export async function decidedAnew(
  stack: Stack,
  publication: Publication,
  actor: Actor | undefined,
): Promise<Partial<Publication>> {
  const { refType, ref, commit, repository, tag } = publication;
  const { images } = await policyAt(stack, commit);
  const pushed = refType === 'branch' ? { branch: ref } : { tag: ref };
  const { matches, refused } = await decide(images, pushed, async () => actor);
  const isSame = (one: RuleMatch<ImageDefinition>) => one.repository === repository && one.tag === tag;
  if (matches.some(isSame))
    return {
      actor,
      lacksActor: false,
      state: 'waiting',
      message: undefined,
      summary: undefined,
      finishedAt: undefined,
    };
  const rule = refused.find(isSame)?.rule;
  if (rule === undefined) return { actor, lacksActor: false };
  const error = actorRefusal(stack, ref, { rule, actor });
  return { actor, lacksActor: false, message: wholeText(error), summary: refusalText(error) };
}
