import * as z from 'zod';
import { parseAnswer, type Request } from './request.ts';
import type { RepositoryFiles } from './repository-files.ts';

const Commit = z.object({ id: z.string().regex(/^[0-9a-f]{40,64}$/) });
const Tags = z.array(z.object({ name: z.string() }));

/** Projects of a GitLab server, by its REST API. */
export function gitlabFiles(base: string, request: Request): RepositoryFiles {
  const repository = (project: string) => `${base}/api/v4/projects/${encodeURIComponent(project)}/repository`;
  return {
    commit: async (project, ref) => {
      const url = `${repository(project)}/commits/${encodeURIComponent(ref)}`;
      const answer = await request(url);
      return answer === undefined ? undefined : parseAnswer(url, answer, Commit).id;
    },
    read: ({ project, commit, path }) =>
      request(`${repository(project)}/files/${encodeURIComponent(path)}/raw?ref=${commit}`),
    tags: async (project) => {
      const url = `${repository(project)}/tags?per_page=100&order_by=updated&sort=desc`;
      const answer = await request(url);
      return answer === undefined ? [] : parseAnswer(url, answer, Tags).map(({ name }) => name);
    },
  };
}
