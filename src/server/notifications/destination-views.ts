import type { ServerConfiguration } from '../../coordinator/index.ts';
import type { Clock } from '../../kit/index.ts';
import { failsForLong, type NotificationLedger } from '../../notify/index.ts';
import { DestinationView, viewOf } from '../../protocol/index.ts';
import { destinationsIn } from './destinations.ts';

/** Returns how the destinations of a configuration are doing, those of the server first. */
export function destinationViews(
  configuration: Pick<ServerConfiguration, 'notifications' | 'stacks'>,
  ledger: NotificationLedger,
  clock: Clock,
): DestinationView[] {
  return destinationsIn(configuration).map(({ name, stack }) => {
    const state = ledger.state(name);
    return viewOf(DestinationView, { name, stack, ...state, failsForLong: failsForLong(state, clock) });
  });
}
