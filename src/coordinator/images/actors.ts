import {
  describeRule,
  matchRules,
  refusedMatches,
  type ImageDefinition,
  type ImageRule,
  type PushedRef,
  type RuleMatch,
} from '../../image/index.ts';
import type { Actor } from '../../forge/index.ts';
import { messageOf, type SlipwayError } from '../../kit/index.ts';
import { explained } from '../changes/refusal-text.ts';
import { isProtectedImageTag } from '../changes/trust.ts';
import { pusherOf, pushedObject, reportedPusher } from '../changes/pushers.ts';
import type { ForgeRecords, ForgeWork, Stack } from '../context.ts';
import { publicationRefused } from '../errors.ts';
import type { Publication } from './publication-ledger.ts';
import { isSameImage, lastPublication, ruleImage } from './newer-image.ts';
import { policyAt } from './policy-at.ts';

/** Which images the rules publish for a ref that was pushed. */
export interface RuleDecision {
  readonly matches: readonly RuleMatch<ImageDefinition>[];
  /** Matches that only `actors` excludes, or the lack of `actors` for a protected tag. */
  readonly refused: readonly RuleMatch<ImageDefinition>[];
  /** Undefined if it is unknown, or if no rule depends on it. */
  readonly actor: Actor | undefined;
}

interface RuledRef {
  readonly images: readonly ImageDefinition[];
  readonly pushed: Exclude<PushedRef, { readonly pullRequest: string }>;
}

/** Applies the rules; who pushed is looked up only if a rule depends on it. */
export async function decide(
  { configuration }: Pick<Stack, 'configuration'>,
  { images, pushed }: RuledRef,
  findActor: () => Promise<Actor | undefined>,
): Promise<RuleDecision> {
  const isNeeded = refusedMatches(images, { ...pushed, actor: undefined }).length > 0;
  const actor = isNeeded ? await findActor() : undefined;
  const ref = { ...pushed, actor };
  const isOpen = ({ rule, tag }: RuleMatch<ImageDefinition>) =>
    isProtectedImageTag(configuration, tag) && !hasActors(rule);
  const matches = matchRules(images, ref);
  const refused = [...refusedMatches(images, ref), ...matches.filter(isOpen)];
  return { actor, matches: matches.filter((match) => !isOpen(match)), refused };
}

/** Whether a rule depends on who pushed. */
export function hasActors(rule: ImageRule): boolean {
  return 'actors' in rule && rule.actors !== undefined;
}

/** Makes the error for an image that `actors` excludes, or the lack of it: the account, the rule, and what helps. */
export function actorRefusal(
  stack: Stack,
  ref: string,
  { rule, actor }: Pick<RuleMatch<ImageDefinition>, 'rule'> & { readonly actor: Actor | undefined },
): SlipwayError {
  const subject = { ref, stack: stack.configuration.name };
  if (!hasActors(rule))
    return publicationRefused(
      subject,
      `its image tag is protected, and rule \`${describeRule(rule)}\` has no \`actors\``,
      'Add the accounts that may publish the tag to the rule as `actors`, or publish to another tag.',
    );
  const allowed = ('actors' in rule ? (rule.actors ?? []) : []).join(', ');
  const who = actor === undefined ? 'it is unknown who pushed it' : `\`${actor}\` pushed it`;
  return publicationRefused(
    subject,
    `${who}; rule \`${describeRule(rule)}\` allows ${allowed}`,
    actor === undefined ? howToKnow(stack) : `Have one of them push it, or add \`${actor}\` to \`actors\`.`,
  );
}

function howToKnow({ forge, hookToken }: Stack): string {
  if (forge.pusherHint !== undefined) return forge.pusherHint;
  if (hookToken === undefined)
    return 'Give the stack a `hookToken`, and its hook that token: `slipway hook install --token-file`.';
  return 'It is decided again when the hook reports it; see that it was installed with `--token-file` and `--actor`.';
}

/** How long a forge is queried again for what it did not know: its own record may come a little later. */
const QUERIED_AGAIN_MS = 3600_000;

/**
 * Decides again what was refused because it was unknown who had pushed. What may be published waits then; the rest
 * records who it was. A tag that has a newer publication stays with it. Returns whether something waits. Safe to
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
    const change = isNewest(context, publication)
      ? await decidedAgain(stack, publication, actor).catch((error: unknown) => ({
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
  const isRecent = context.clock.now() - Date.parse(createdAt) < QUERIED_AGAIN_MS;
  return isRecent ? pusherOf(context, stack, pushed) : reportedPusher(context, publication.stack, pushed);
}

function isNewest(context: ForgeRecords, publication: Publication): boolean {
  return lastPublication(context, publication.stack, publication)?.id === publication.id;
}

/** The change by which a publication waits once more. */
export const waitingAgain = {
  state: 'waiting',
  message: undefined,
  summary: undefined,
  finishedAt: undefined,
} as const satisfies Partial<Publication>;

/** Returns the change that the rules now make to a publication that they refused. */
export async function decidedAgain(
  stack: Stack,
  publication: Publication,
  actor: Actor | undefined,
): Promise<Partial<Publication>> {
  const { refType, ref, commit } = publication;
  const { images } = await policyAt(stack, commit);
  const pushed = refType === 'branch' ? { branch: ref } : { tag: ref };
  const { matches, refused } = await decide(stack, { images, pushed }, async () => actor);
  const isSame = (one: RuleMatch<ImageDefinition>) => isSameImage(one, ruleImage(publication));
  const settled = { actor, lacksActor: false };
  if (matches.some(isSame)) return { ...settled, ...waitingAgain };
  const rule = refused.find(isSame)?.rule;
  return rule === undefined ? settled : { ...settled, ...explained(actorRefusal(stack, ref, { rule, actor })) };
}
