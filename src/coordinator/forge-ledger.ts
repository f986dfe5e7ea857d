import type { Actor, CheckClick, ForgeEvent, Push } from '../forge/index.ts';
import type { CommentLedger } from './comments/comment-ledger.ts';
import type { PublicationLedger } from './images/publication-ledger.ts';
import type { CommandLedger } from './requests/command-ledger.ts';
import type { RequestLedger } from './requests/request-ledger.ts';
import type { StatusLedger } from './status/status-ledger.ts';

/** A delivery of a forge's webhook. */
export interface Delivery {
  /** The forge's own id: the same when it sends the same again. */
  readonly id: string;
  readonly event: string;
  /** Who made a ref name an object. */
  readonly push?: Push;
  /** Becomes an event that is handled once. */
  readonly click?: CheckClick;
}

/** What forges report, and what follows from it at the forge and the registry. Every call is one transaction. */
export interface ForgeLedger extends RequestLedger, CommandLedger, StatusLedger, CommentLedger, PublicationLedger {
  /** Decimal number of a stack, assigned at the first call and never changed or reused. */
  projectId(stack: string): string;
  knownRefs(stack: string): ReadonlyMap<string, string>;
  /** Stores the refs seen and the events they mean, together; deliveries up to this one have thereby been worked. */
  receive(
    stack: string,
    seen: { refs: ReadonlyMap<string, string>; events: readonly ForgeEvent[]; at: string; delivery?: string },
  ): void;
  pendingEvents(stack: string): readonly { readonly id: string; readonly event: ForgeEvent }[];
  eventDone(id: string): void;
  /** Stores who pushed, as a hook of git reported it; the last report on a ref and object counts. */
  savePush(stack: string, push: Push & { at: string }): void;
  /** Returns who made a ref name this object, if that was reported. */
  pusher(stack: string, ref: string, sha: string): Actor | undefined;
  /** Returns who was the first to push a commit to any branch, if that was reported. */
  firstPusher(stack: string, sha: string): Actor | undefined;
  /**
   * Stores deliveries of webhooks with the pushes and the clicks that they report, and forgets those before
   * `keepAfter`. Returns for each whether it is new.
   */
  saveDeliveries(
    deliveries: readonly (Delivery & { readonly stack: string; readonly at: string })[],
    keepAfter: string,
  ): readonly boolean[];
  /** The delivery that was stored last; undefined if all have been worked. */
  newestDelivery(stack: string): string | undefined;
}
