import * as z from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { Forge } from '../forge.ts';

/** `permission` is the nearest of four; `role_name` may be a role of an organization's own. */
const Collaborator = z.object({ permission: z.enum(['admin', 'write', 'read', 'none']), role_name: z.string() });
const Role = z.enum(['admin', 'maintain', 'write', 'triage', 'read', 'none']);

/** What an account may do in a repository ("Get repository permissions for a user"). */
export function collaboratorPermission(api: ApiClient, repository: string): NonNullable<Forge['permission']> {
  return async (actor) => {
    const path = `/repos/${repository}/collaborators/${encodeURIComponent(actor)}/permission`;
    const request = { method: 'GET', path } as const;
    const answer = await api.send(request);
    if (answer.status === 404) return 'none';
    const { permission, role_name: role } = api.check(answer, Collaborator, request);
    return Role.safeParse(role).data ?? permission;
  };
}
