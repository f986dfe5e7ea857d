import * as z from 'zod';
import { doneAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import { pagedList } from '../api/pages.ts';
import type { Forge } from '../forge.ts';

const Note = z.object({ id: z.number(), body: z.string(), author: z.object({ id: z.number() }).nullable() });
const Account = z.object({ id: z.number() });

/**
 * Keeps one note on a merge request: updates the one of the token's own account that begins with the marker, or creates
 * it. A note of anybody else is left alone, whatever it begins with.
 */
export function notes(api: ApiClient, resources: string): NonNullable<Forge['comment']> {
  let account: Promise<number> | undefined;
  const self = async (): Promise<number> => {
    const request = { method: 'GET', path: '/user' } as const;
    return api.check(await api.send(request), Account, request).id;
  };
  return async ({ request: number, marker, text }) => {
    account ??= self();
    const own = await account.catch((error: unknown) => {
      account = undefined;
      throw error;
    });
    const path = `${resources}/merge_requests/${number}/notes`;
    const body = `<!-- ${marker} -->\n${text}`;
    const list = pagedList(api, `${path}?sort=asc&order_by=created_at&per_page=100`, Note);
    const find = async () =>
      (await list()).find((note) => note.author?.id === own && note.body.startsWith(`<!-- ${marker} -->`));
    const note = await find();
    if (note?.body === body) return;
    const request =
      note === undefined
        ? ({ method: 'POST', path } as const)
        : ({ method: 'PUT', path: `${path}/${note.id}` } as const);
    const alreadyDone = async () => ((await find())?.body === body ? doneAnswer : undefined);
    api.check(await api.send({ ...request, body: { body }, alreadyDone }), z.unknown(), request);
  };
}
