import type { ForgeEvent } from '../../forge/index.ts';
import type { StackConfiguration } from '../stack-configuration.ts';

/** Whether the stack's configuration lets an event start pipelines. What tidies up (a closed request) always counts. */
export function isWanted({ events }: Pick<StackConfiguration, 'events'>, event: ForgeEvent): boolean {
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
