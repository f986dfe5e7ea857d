import { Hono } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import type { ServerSettingsView } from '../../protocol/index.ts';
import { settingGroups } from './setting-groups.ts';

/** `GET /api/v1/settings`: the configuration without secrets, for those who may approve on all stacks. */
export function settingRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/settings', (c) => c.json({ groups: settingGroups(context) } satisfies ServerSettingsView));
  return app;
}
