import { randomUUID } from 'node:crypto';
import {
  Outbox,
  Retryable,
  SlipwayError,
  messageOf,
  timestamp,
  type Clock,
  type Logger,
  type Timer,
} from '../kit/index.ts';
import { reactTo, type Observation } from './condition.ts';
import type { Destination } from './destination.ts';
import type { Message } from './event.ts';
import type { DestinationState, NotificationLedger } from './ledger.ts';
import { quietFor } from './quiet-hours.ts';

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3600_000;
/** A destination that fails for this long is reported. */
const LONG_MS = 3600_000;
/** Events that are older are removed: their destination is gone, or accepts nothing. */
const KEPT_MS = 7 * 24 * 3600_000;
/** Failed attempts after which a message that is refused for its content is given up. */
const MOST_REFUSALS = 8;
/** Slack takes 50 blocks in a message. */
const MOST_EVENTS = 20;

interface NotifierParts {
  readonly ledger: NotificationLedger;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly timer?: Timer;
  /** Masks secrets. */
  redact(text: string): string;
  /**
   * Delivers a message, unless it is aborted. Throws NOTIFICATION_… if that fails, as `Retryable` if the answer names a
   * time to wait.
   */
  send(destination: Destination, message: Message, signal: AbortSignal): Promise<unknown>;
}

interface Delivery {
  readonly destination: Destination;
  readonly message: Message;
}

/**
 * Turns observations into notifications, and delivers them. Observations are durable when `observe` returns. Call
 * `start` once, and `stop` before the store is closed.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #outbox: Outbox<Delivery>;
  readonly #stopping = new AbortController();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    const failed = (destination: string, error: unknown) =>
      parts.log.error({ destination, error: messageOf(error) }, 'notifications could not be read');
    const next = (name: string) => this.#next(name);
    this.#outbox = new Outbox({ next, deliver: (one) => this.#deliver(one), failed }, parts.clock, parts.timer);
  }

  /** Resumes the deliveries of an earlier server. */
  start(): void {
    const expired = this.#parts.ledger.expire(timestamp({ now: () => this.#parts.clock.now() - KEPT_MS }));
    if (expired > 0)
      this.#parts.log.error({ events: expired }, 'notifications could not be delivered for a week and were removed');
    for (const { name } of this.#parts.destinations) this.#outbox.deliver(name);
  }

  /** Records what follows from observations, together with the position up to which changes have been read. */
  observe(observations: readonly Observation[], cursor?: number): void {
    const { ledger } = this.#parts;
    const destinations = ledger.atomically(() => {
      if (cursor !== undefined) ledger.saveCursor(cursor);
      return observations.flatMap((seen) => this.#record(seen));
    });
    for (const name of new Set(destinations)) this.#outbox.deliver(name);
  }

  /** Aborts deliveries; the next start repeats them. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#outbox.settle();
  }

  #record(observation: Observation): readonly string[] {
    const { ledger, destinations, clock, redact } = this.#parts;
    const seen = { ...observation, text: redact(observation.text) };
    const reaction = reactTo(ledger.condition(seen), seen, { destinations, at: timestamp(clock) });
    if (reaction === undefined) return [];
    ledger.saveCondition(reaction.condition);
    if (reaction.event !== undefined) for (const name of reaction.destinations) ledger.add(name, reaction.event);
    return reaction.destinations;
  }

  #next(name: string): { readonly item: Delivery } | { readonly wait: number } | undefined {
    const { ledger, destinations, clock } = this.#parts;
    const destination = destinations.find((one) => one.name === name);
    const state = ledger.state(name);
    if (destination === undefined || state.waiting === 0) return undefined;
    const wait = waitFor(destination, state, clock.now());
    if (wait > 0) return { wait };
    const id = `msg_${randomUUID().replaceAll('-', '')}`;
    const message = ledger.message(name, { id, limit: MOST_EVENTS });
    return message && { item: { destination, message } };
  }

  async #deliver({ destination, message }: Delivery): Promise<number | undefined> {
    const { ledger, log, send } = this.#parts;
    const { name } = destination;
    try {
      await send(destination, message, this.#stopping.signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return Number.POSITIVE_INFINITY;
      const [cause, pause] = error instanceof Retryable ? [error.cause, error.waitMs] : [error, 0];
      const { wait, attempts } = this.#failed(name, { reason: messageOf(cause), pause });
      if (attempts < MOST_REFUSALS || !isAboutContent(cause)) return wait;
      log.error({ destination: name, message: message.id, events: message.events }, 'the message was given up');
      ledger.remove(name, message.id);
      return undefined;
    }
    ledger.atomically(() => {
      ledger.remove(name, message.id);
      ledger.setFailure(name, undefined);
    });
    log.info({ destination: name, message: message.id, events: message.events.length }, 'notification sent');
    return undefined;
  }

  /** Records that an attempt failed; returns how many have, and the wait before the next one. */
  #failed(
    name: string,
    { reason, pause }: { readonly reason: string; readonly pause: number },
  ): { readonly wait: number; readonly attempts: number } {
    const { ledger, clock, log, redact } = this.#parts;
    const before = ledger.state(name);
    const attempts = before.attempts + 1;
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(backoff, pause));
    const failingSince = before.failingSince ?? timestamp(clock);
    const problem = redact(reason);
    const isLong = failsForLong({ failingSince }, clock);
    const retryAt = timestamp({ now: () => clock.now() + wait });
    ledger.setFailure(name, { attempts, retryAt, problem, failingSince, isReported: isLong });
    const facts = { destination: name, attempts, retryAt, error: problem };
    if (isLong && !before.isReported)
      log.error({ ...facts, failingSince }, 'a destination has not accepted notifications for an hour');
    else log.warn(facts, 'notification not sent yet');
    return { wait, attempts };
  }
}

/** Returns whether a destination has failed for so long that it is reported. */
export function failsForLong({ failingSince }: Pick<DestinationState, 'failingSince'>, clock: Clock): boolean {
  return failingSince !== undefined && clock.now() - Date.parse(failingSince) >= LONG_MS;
}

/** Returns the milliseconds until a destination may get what waits for it. */
function waitFor({ digest, quiet }: Destination, { oldest = '', retryAt }: DestinationState, now: number): number {
  const due = Math.max(Date.parse(oldest) + digest, retryAt === undefined ? 0 : Date.parse(retryAt));
  return due > now ? due - now : quietFor(now, quiet);
}

/** Returns whether the destination refused the message for its content, and may accept another one. */
function isAboutContent(error: unknown): boolean {
  if (!(error instanceof SlipwayError) || error.code !== 'NOTIFICATION_REFUSED') return false;
  return [400, 413, 422, 552, 554].includes(Number(error.details.status));
}
