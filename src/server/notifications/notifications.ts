import type { CoordinatorContext } from '../../coordinator/index.ts';
import { messageOf, systemTimer, systemWait } from '../../kit/index.ts';
import { Notifier, deliver, wants, type NotificationLedger } from '../../notify/index.ts';
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
 * Watches the feed, the runners and the mirrors of a server, and sends notifications of failures and recoveries. Changes
 * since the end of the last server are read from the feed. Returns a function that stops it.
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
  notifier.start();
  const stopReading = readFeed({ context, ledger, feed }, notifier);
  // A check lists a whole mirror, so mirrors whose failures are reported to no destination are left out.
  const stacks = new Map(
    [...context.stacks].filter(([stack]) => destinations.some((one) => wants(one, { kind: 'mirror', stack }))),
  );
  const mirrors = new MirrorWatch({ stacks, baseUrl: context.baseUrl });
  const stopping = new AbortController();
  const watches = [
    repeat(RUNNERS_MS, async () => notifier.observe(observeRunners(context, ledger))),
    ...(mirrorCheck > 0 ? [repeat(mirrorCheck * 1000, async () => notifier.observe(await mirrors.check()))] : []),
  ];
  return async () => {
    stopReading();
    stopping.abort();
    await Promise.all(watches);
    await notifier.stop();
  };

  /** Repeats work with pauses until the notifications stop. */
  async function repeat(milliseconds: number, work: () => Promise<void>): Promise<void> {
    const { signal } = stopping;
    for (;;) {
      await systemWait(milliseconds, signal);
      if (signal.aborted) return;
      await work().catch((error: unknown) =>
        log.error({ error: messageOf(error) }, 'a check for notifications failed'),
      );
    }
  }
}

/**
 * Reads the feed from where the last server stopped, and whenever something changes. A first server begins with what
 * changes after its start. Returns a function that stops it.
 */
function readFeed(parts: NotificationParts, notifier: Notifier): () => void {
  const { context, ledger, feed } = parts;
  if (ledger.cursor() === undefined) ledger.saveCursor(feed.newest());
  let cancel: (() => void) | undefined;
  const later = (): void => {
    cancel ??= systemTimer(READ_AFTER_MS, () => {
      cancel = undefined;
      try {
        observeChanges(parts, notifier);
      } catch (error) {
        context.log.error({ error: messageOf(error) }, 'changes could not be read for notifications');
      }
    });
  };
  later();
  const stop = feed.onChange(later);
  return () => {
    stop();
    cancel?.();
  };
}

function observeChanges({ context, ledger, feed }: NotificationParts, notifier: Notifier): void {
  for (;;) {
    const entries = feed.after(ledger.cursor() ?? 0, BATCH);
    const last = entries.at(-1);
    if (last === undefined) return;
    notifier.observe(
      entries.flatMap((entry) => observationOf(context, entry) ?? []),
      last.id,
    );
  }
}
