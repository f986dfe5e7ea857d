import * as z from 'zod';
import { parseAnswer, type Request } from './request.ts';
import type { RepositoryFiles } from './repository-files.ts';

const Commit = z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) });
const Tags = z.array(z.object({ name: z.string() }));

/** Repositories of GitHub, or of a GitHub server inside the site, by its REST API. */
export function githubFiles(base: string, request: Request): RepositoryFiles {
  const api = base === 'https://github.com' ? 'https://api.github.com' : `${base}/api/v3`;
  const repository = (project: string) => `${api}/repos/${project}`;
  return {
    commit: async (project, ref) => {
      const url = `${repository(project)}/commits/${encodeURIComponent(ref)}`;
      const answer = await request(url);
      return answer === undefined ? undefined : parseAnswer(url, answer, Commit).sha;
    },
    read: ({ project, commit, path }) =>
      request(
        `${repository(project)}/contents/${path.split('/').map(encodeURIComponent).join('/')}?ref=${commit}`,
        'application/vnd.github.raw',
      ),
    tags: async (project) => {
      const url = `${repository(project)}/tags?per_page=100`;
      const answer = await request(url);
      return answer === undefined ? [] : parseAnswer(url, answer, Tags).map(({ name }) => name);
    },
  };
}
