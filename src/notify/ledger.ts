import type { Condition } from './condition.ts';
import type { EventKind, Message, NotifiedEvent } from './event.ts';

/** The state of the deliveries to a destination. */
export interface DestinationState {
  /** Events that were not delivered yet. */
  readonly waiting: number;
  /** Time of the oldest of them. */
  readonly oldest?: string;
  /** Failed attempts since the last success. */
  readonly attempts: number;
  readonly retryAt?: string;
  /** Why the last attempt failed. */
  readonly problem?: string;
  readonly failingSince?: string;
  /** Whether it was logged that this destination has failed for long. */
  readonly isReported: boolean;
}

type Failure = Required<Omit<DestinationState, 'waiting' | 'oldest'>>;

/** Notifications and what they depend on. Every call is one transaction, durable when it returns. Single writer. */
export interface NotificationLedger {
  /** All calls of `work` become durable together. */
  atomically<T>(work: () => T): T;
  /** Number of the last change of the feed that was read; undefined before the first. */
  cursor(): number | undefined;
  saveCursor(position: number): void;
  condition(about: Pick<Condition, 'kind' | 'stack' | 'subject'>): Condition | undefined;
  conditions(kind: EventKind): readonly Condition[];
  saveCondition(condition: Condition): void;
  forgetCondition(about: Pick<Condition, 'kind' | 'stack' | 'subject'>): void;
  add(destination: string, event: NotifiedEvent): void;
  state(destination: string): DestinationState;
  /** Returns the message that was begun and not delivered yet, or begins one with at most `limit` events that wait. */
  message(destination: string, begin: { readonly id: string; readonly limit: number }): Message | undefined;
  /** Removes a message that was delivered or is given up. */
  remove(destination: string, message: string): void;
  setFailure(destination: string, failure: Failure | undefined): void;
  /** Removes events that are older than a moment, and returns how many. */
  expire(before: string): number;
}
