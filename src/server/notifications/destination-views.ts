import type { ServerConfiguration } from '../../coordinator/index.ts';
import type { Clock } from '../../kit/index.ts';
import { failsForLong, type NotificationLedger } from '../../notify/index.ts';
import { DestinationView, viewOf } from '../../protocol/index.ts';

/** Returns how the destinations of a configuration are doing, those of the server first. */
export function destinationViews(
  { notifications, stacks }: Pick<ServerConfiguration, 'notifications' | 'stacks'>,
  ledger: NotificationLedger,
  clock: Clock,
): DestinationView[] {
  const all: readonly { readonly name: string; readonly stack?: string }[] = [
    ...notifications.map(({ name }) => ({ name })),
    ...stacks.flatMap(({ name: stack, notifications: own }) => own.map(({ name }) => ({ name, stack }))),
  ];
  return all.map((one) => {
    const state = ledger.state(one.name);
    return viewOf(DestinationView, { ...one, ...state, failsForLong: failsForLong(state, clock) });
  });
}
