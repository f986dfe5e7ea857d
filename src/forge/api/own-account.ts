import * as z from 'zod';
import type { ApiClient } from './api-client.ts';

const Account = z.object({ id: z.number() });

/** Returns the id of the account that the token belongs to. */
export async function ownAccount(api: ApiClient): Promise<number> {
  const request = { method: 'GET', path: '/user' } as const;
  return api.check(await api.send(request), Account, request).id;
}
