import type { Condition } from './condition.ts';
import type { EventKind, Message, NotifiedEvent } from './event.ts';

/** How deliveries to a destination go. */
export interface DestinationState {
  /** Events that were not delivered yet. */
  readonly waiting: number;
  /** When the oldest of them was. */
  readonly oldest?: string;
  /** Failed attempts since the last success. */
  readonly attempts: number;
  readonly retryAt?: string;
  /** Why the last attempt failed. */
  readonly problem?: string;
  readonly failingSince?: string;
  /** Whether the log has it that this destination fails for long. */
  readonly isReported: boolean;
}

type Failure = Required<Omit<DestinationState, 'waiting' | 'oldest'>>;

/** Notifications and what they depend on. Every call is one transaction, durable when it returns. Single writer. */
export interface NotificationLedger {
  /** All calls of `work` become durable together. */
  atomically<T>(work: () => T): T;
  /** Number of the last change that was read; undefined before the first. */
  cursor(): number | undefined;
  saveCursor(position: number): void;
  condition(about: Pick<Condition, 'kind' | 'stack' | 'subject'>): Condition | undefined;
  conditions(kind: EventKind): readonly Condition[];
  saveCondition(condition: Condition): void;
  forgetCondition(about: Pick<Condition, 'kind' | 'stack' | 'subject'>): void;
  add(destination: string, event: NotifiedEvent): void;
  state(destination: string): DestinationState;
  /** Returns the message that was begun and is not delivered, or begins one of what waits; at most so many events. */
  message(destination: string, begin: { readonly id: string; readonly limit: number }): Message | undefined;
  /** Forgets a message: it was delivered, or is given up. */
  remove(destination: string, message: string): void;
  setFailure(destination: string, failure: Failure | undefined): void;
  /** Forgets events from before a moment: of destinations that are not there any more, or that took nothing for long. */
  expire(before: string): number;
}
