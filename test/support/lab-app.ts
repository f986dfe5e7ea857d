import { join } from 'node:path';
import { createApp } from '../../src/server/index.ts';
import { createFeed, createNotificationLedger } from '../../src/store/index.ts';
import type { Lab } from './coordinator.ts';

type AppParts = Parameters<typeof createApp>[1];

/** Returns the app of a lab's server: without pages, and with remotes that are not polled, unless `parts` says otherwise. */
export function labApp(lab: Lab, parts: Partial<AppParts> = {}): ReturnType<typeof createApp> {
  return createApp(lab.coordinator, {
    access: lab.access,
    feed: createFeed(lab.database),
    notifications: createNotificationLedger(lab.database),
    page: join(lab.folder.root, 'no-page'),
    wake: () => false,
    poll: async () => undefined,
    ...parts,
  });
}
