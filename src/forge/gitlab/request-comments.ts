import * as z from 'zod';
import { nextPage } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { Forge, ForgeComment } from '../forge.ts';

/** What we read of an event ("List all visible events for a project"). */
const NoteEvent = z.object({
  created_at: z.string(),
  note: z
    .object({
      id: z.number().int().positive(),
      body: z.string(),
      author: z.object({ username: z.string() }).nullable(),
      created_at: z.string(),
      updated_at: z.string(),
      system: z.boolean(),
      noteable_type: z.string(),
      noteable_iid: z.number().nullish(),
    })
    .nullish(),
});
type NoteEvent = z.infer<typeof NoteEvent>;
type Note = NonNullable<NoteEvent['note']>;

/** Accounts of access tokens of projects and groups. */
const BOT = /^(?:project|group)_\d+_bot/;
const DAY_MS = 24 * 3600 * 1000;
/** What GitLab itself does to a new note takes some milliseconds. */
const EDITED_MS = 1000;

/** Notes on merge requests, by the project's events: the newest first, and by whole days only. */
export function requestComments(api: ApiClient, resources: string): NonNullable<Forge['comments']> {
  return async (since) => {
    const from = Date.parse(since);
    const day = new Date(from - DAY_MS).toISOString().slice(0, 10);
    const found: Note[] = [];
    let path: string | undefined = `${resources}/events?action=commented&after=${day}&sort=desc&per_page=100`;
    while (path !== undefined) {
      const { events, next }: EventPage = await pageAt(api, path);
      found.push(...events.flatMap(({ note }) => note ?? []));
      const isPast = events.some(({ created_at: at }) => Date.parse(at) < from);
      path = isPast ? undefined : next;
    }
    return found.flatMap(commentOf).filter(({ at }) => Date.parse(at) >= from);
  };
}

interface EventPage {
  readonly events: readonly NoteEvent[];
  readonly next: string | undefined;
}

async function pageAt(api: ApiClient, path: string): Promise<EventPage> {
  const request = { method: 'GET', path } as const;
  const answer = await api.send(request);
  return { events: api.check(answer, z.array(NoteEvent), request), next: nextPage(answer.headers) };
}

function commentOf(note: Note): readonly ForgeComment[] {
  const { author, noteable_iid: number, created_at: at, updated_at: changedAt } = note;
  if (note.system || note.noteable_type !== 'MergeRequest' || !author || !number) return [];
  return [
    {
      id: String(note.id),
      request: String(number),
      author: author.username,
      text: note.body,
      isEdited: Date.parse(changedAt) - Date.parse(at) > EDITED_MS,
      isBot: BOT.test(author.username),
      at: new Date(at).toISOString(),
    },
  ];
}
