import type { ForgeEvent } from '../../forge/index.ts';
import type { StackConfiguration } from '../stack-configuration.ts';

/** Returns whether the stack's configuration handles an event. A closed request is always handled. */
export function isEnabled({ events }: Pick<StackConfiguration, 'events'>, event: ForgeEvent): boolean {
  switch (event.type) {
    case 'branch-pushed':
      return events.pushes;
    case 'tag-pushed':
      return events.tags;
    case 'pull-request-updated':
      return events.pullRequests;
    case 'pull-request-closed':
      return true;
  }
}
