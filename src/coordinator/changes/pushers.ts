import type { Actor, ForgeEvent } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import { currentTime, type ForgeRecords, type ForgeWork, type Stack } from '../context.ts';
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

/** Returns who pushed an object, if a webhook or a hook has reported it. */
export function reportedPusher(
  { ledger }: ForgeRecords,
  stack: string,
  { ref, shas }: PushedObject,
): Actor | undefined {
  return shas.map((sha) => ledger.pusher(stack, ref, sha)).find((actor) => actor !== undefined);
}

/**
 * Returns who pushed an object by what was reported, else by the forge's own record, which is then stored. Undefined if
 * the forge does not know or does not answer.
 */
export async function pusherOf(
  context: ForgeWork,
  { configuration: { name }, forge }: Stack,
  pushed: PushedObject,
): Promise<Actor | undefined> {
  const reported = reportedPusher(context, name, pushed);
  if (reported !== undefined || forge.pusher === undefined) return reported;
  for (const sha of pushed.shas) {
    const actor = await forge.pusher(pushed.ref, sha).catch((error: unknown) => {
      context.log.warn(
        { stack: name, ref: pushed.ref, error: messageOf(error) },
        'the forge did not report who pushed',
      );
      return undefined;
    });
    if (actor === undefined) continue;
    context.ledger.savePush(name, { ref: pushed.ref, sha, actor, at: currentTime(context) });
    return actor;
  }
  return undefined;
}

/** Returns who started a branch's pipeline: the owner of the token that requested it, else who pushed its commit. */
export async function actorOf(context: ForgeWork, stack: Stack, record: PipelineRecord): Promise<Actor | undefined> {
  const { ref, sha, actor } = record;
  return actor ?? pusherOf(context, stack, pushedObject({ refType: 'branch', ref, sha }));
}

/** Adds to an event who pushed, if that was reported already. */
export function withActor(context: ForgeRecords, stack: string, event: ForgeEvent): ForgeEvent {
  if (event.type !== 'branch-pushed' && event.type !== 'tag-pushed') return event;
  const pushed =
    event.type === 'branch-pushed'
      ? pushedObject({ refType: 'branch', ref: event.branch, sha: event.sha })
      : pushedObject({ refType: 'tag', ref: event.tag, sha: event.sha, objectSha: event.objectSha });
  const actor = event.actor ?? reportedPusher(context, stack, pushed);
  return actor === undefined ? event : { ...event, actor };
}
