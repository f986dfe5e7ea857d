import type { Actor, ForgeEvent } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import { now, type ForgeRecords, type ForgeWork, type Stack } from '../context.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';

/** A branch or tag by its full name, and the objects that it may be known to name: a tag's own, and its commit. */
interface PushedObject {
  readonly ref: string;
  readonly shas: readonly string[];
}

/** The ref that an event, a pipeline or a publication is about. */
export function pushedObject(pushed: {
  readonly refType: 'branch' | 'tag';
  readonly ref: string;
  readonly sha: string;
  readonly objectSha?: string;
}): PushedObject {
  const { refType, ref, sha, objectSha } = pushed;
  return {
    ref: `refs/${refType === 'branch' ? 'heads' : 'tags'}/${ref}`,
    shas: objectSha === undefined ? [sha] : [objectSha, sha],
  };
}

/** Who pushed it, as far as a webhook or a hook has told. */
export function toldPusher({ ledger }: ForgeRecords, stack: string, { ref, shas }: PushedObject): Actor | undefined {
  return shas.map((sha) => ledger.pusher(stack, ref, sha)).find((actor) => actor !== undefined);
}

/**
 * The same, and else as the forge's own record says, which is then kept. A forge that does not answer is as one that
 * does not know.
 */
export async function pusherOf(
  context: ForgeWork,
  { configuration: { name }, forge }: Stack,
  pushed: PushedObject,
): Promise<Actor | undefined> {
  const told = toldPusher(context, name, pushed);
  if (told !== undefined || forge.pusher === undefined) return told;
  for (const sha of pushed.shas) {
    const actor = await forge.pusher(pushed.ref, sha).catch((error: unknown) => {
      context.log.warn({ stack: name, ref: pushed.ref, error: messageOf(error) }, 'the forge did not tell who pushed');
      return undefined;
    });
    if (actor === undefined) continue;
    context.ledger.savePush(name, { ref: pushed.ref, sha, actor, at: now(context) });
    return actor;
  }
  return undefined;
}

/** Who a branch's pipeline is from: who asked for it with a token of their own, else who pushed its commit. */
export async function actorOf(context: ForgeWork, stack: Stack, record: PipelineRecord): Promise<Actor | undefined> {
  const { ref, sha, actor } = record;
  return actor ?? pusherOf(context, stack, pushedObject({ refType: 'branch', ref, sha }));
}

/** The event, with who pushed where that was told already. */
export function withActor(context: ForgeRecords, stack: string, event: ForgeEvent): ForgeEvent {
  if (event.type !== 'branch-pushed' && event.type !== 'tag-pushed') return event;
  const pushed =
    event.type === 'branch-pushed'
      ? pushedObject({ refType: 'branch', ref: event.branch, sha: event.sha })
      : pushedObject({ refType: 'tag', ref: event.tag, sha: event.sha, objectSha: event.objectSha });
  const actor = event.actor ?? toldPusher(context, stack, pushed);
  return actor === undefined ? event : { ...event, actor };
}
