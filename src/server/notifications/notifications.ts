import type { CoordinatorContext } from '../../coordinator/index.ts';
import { messageOf, systemTimer } from '../../kit/index.ts';
import { Notifier, deliver, type NotificationLedger, type Observation } from '../../notify/index.ts';
import type { Feed } from '../../store/index.ts';
import type { ServerParts } from '../assembly/server-parts.ts';
import { notificationConnect } from './connect.ts';
import { configuredDestinations } from './destinations.ts';
import { observationOf } from './feed-observation.ts';
import { MirrorWatch } from './watch-mirrors.ts';
import { observeRunners } from './watch-runners.ts';

const BATCH = 200;
/** Changes come in bursts. */
const READ_AFTER_MS = 200;
const RUNNERS_MS = 30_000;

interface NotificationParts {
  readonly context: CoordinatorContext;
  readonly ledger: NotificationLedger;
  readonly feed: Feed;
}

/**
 * Watches the feed, the runners and the mirrors of a server, and has notified what became bad or good. What happened
 * since the end of the last server is read from the feed. Returns a function that stops it.
 */
export async function startNotifications(
  { settings, env, log }: Pick<ServerParts, 'settings' | 'env' | 'log'>,
  { context, ledger, feed }: NotificationParts,
): Promise<() => Promise<void>> {
  const { clock, audit } = context;
  const destinations = await configuredDestinations(settings);
  // A webhook may have two keys, which are revealed as one text.
  audit.hide(destinations.flatMap(({ channel }) => (channel.type === 'webhook' ? channel.secrets : [])));
  const { network, mirrorCheck } = settings.configuration;
  const connect = notificationConnect({ network, env });
  const notifier = new Notifier({
    ledger,
    destinations,
    clock,
    log,
    redact: (text) => audit.redact(text),
    send: (destination, message, signal) => deliver(destination, message, { connect, clock, signal }),
  });
  const reader = new FeedReader({ context, ledger, feed }, notifier);
  const mirrors = new MirrorWatch(context);
  notifier.start();
  const stops = [
    reader.start(),
    every(RUNNERS_MS, async () => notifier.observe(observeRunners(context, ledger))),
    every(mirrorCheck * 1000, async () => notifier.observe(await mirrors.check())),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    await notifier.stop();
  };

  /** Repeats work with pauses; the returned function waits for the end of what runs. */
  function every(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
    if (milliseconds === 0) return async () => undefined;
    let running = Promise.resolve();
    let cancel = (): void => undefined;
    const plan = (): void => {
      cancel = systemTimer(milliseconds, () => {
        running = work()
          .catch((error: unknown) => log.error({ error: messageOf(error) }, 'a check for notifications failed'))
          .finally(plan);
      });
    };
    plan();
    return async () => {
      cancel();
      await running;
      cancel();
    };
  }
}

/** Reads the feed from where the last server stopped; a first server begins with what changes after its start. */
class FeedReader {
  readonly #parts: NotificationParts;
  readonly #notifier: Notifier;

  constructor(parts: NotificationParts, notifier: Notifier) {
    this.#parts = parts;
    this.#notifier = notifier;
    if (parts.ledger.cursor() === undefined) parts.ledger.saveCursor(parts.feed.newest());
  }

  /** Reads at once, and whenever something changes. Returns a function that stops it. */
  start(): () => Promise<void> {
    let cancel: (() => void) | undefined;
    const read = (): void => {
      cancel = undefined;
      try {
        this.#read();
      } catch (error) {
        this.#parts.context.log.error({ error: messageOf(error) }, 'changes could not be read for notifications');
      }
    };
    const later = (): void => {
      cancel ??= systemTimer(READ_AFTER_MS, read);
    };
    later();
    const stop = this.#parts.feed.onChange(later);
    return async () => {
      stop();
      cancel?.();
    };
  }

  #read(): void {
    const { context, ledger, feed } = this.#parts;
    for (;;) {
      const entries = feed.after(ledger.cursor() ?? 0, BATCH);
      const last = entries.at(-1);
      if (last === undefined) return;
      const seen = entries.map((entry) => observationOf(context, entry));
      this.#notifier.observe(
        seen.filter((one): one is Observation => one !== undefined),
        last.id,
      );
    }
  }
}
