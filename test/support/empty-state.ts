import type { ApiState } from './stand-in-api.ts';

/** The state of a stand-in without a repository: each commit is there, and `token` is accepted. */
export function emptyState(): ApiState {
  const full = 'lab/stack';
  const lists = { statuses: [], checkRuns: [], comments: [], faults: [], requests: [], activities: [], violations: [] };
  const repository = { roles: new Map(), pulls: new Map(), tip: async () => undefined, hasCommit: async () => true };
  return { full, accepts: (token) => token === 'token', ...lists, ...repository };
}
