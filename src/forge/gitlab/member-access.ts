import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { Forge, ForgePermission } from '../forge.ts';

const User = z.object({ id: z.number(), username: z.string(), state: z.string() });
const Member = z.object({ access_level: z.number(), state: z.string() });

/** The lowest access level of each permission, the highest first ("Roles and permissions"). */
const LEVELS: readonly (readonly [number, ForgePermission])[] = [
  [50, 'admin'],
  [40, 'maintain'],
  [30, 'write'],
  [15, 'triage'],
  [10, 'read'],
];

/** What an account may do in a project, also through its groups and those that the project is shared with. */
export function memberAccess(api: ApiClient, resources: string): NonNullable<Forge['permission']> {
  return async (actor) => {
    const search = { method: 'GET', path: `/users?username=${encodeURIComponent(actor)}` } as const;
    const users = api.check(await api.send(search), z.array(User), search);
    const user = users.find(({ username }) => username.toLowerCase() === actor.toLowerCase());
    if (user?.state !== 'active') return 'none';
    const request = { method: 'GET', path: `${resources}/members/all/${user.id}` } as const;
    const answer = await api.send(request);
    if (answer.status === 404) return 'none';
    const { access_level: level, state } = api.check(answer, Member, request);
    if (state !== 'active') return 'none';
    return LEVELS.find(([least]) => level >= least)?.[1] ?? 'none';
  };
}
