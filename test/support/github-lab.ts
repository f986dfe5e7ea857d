import { forgeLab } from './forge-lab.ts';
import { githubStandIn } from './github.ts';

/** A whole server beside a GitHub of its own. */
export const githubLab = async (options: { poll?: number; mode?: 'send' | 'keep' } = {}) =>
  forgeLab(await githubStandIn(), {
    kind: 'github',
    section: ({ full }, apiUrl) => ({ repository: full, apiUrl }),
    secret: 'between GitHub and us',
    ...options,
  });
export type GithubLab = Awaited<ReturnType<typeof githubLab>>;

/** Pushes a branch with files, and opens a pull request of it. */
export async function openWith(lab: GithubLab, branch: string, files: Readonly<Record<string, string>>) {
  const head = await lab.site.push(branch, files, 'main');
  const { number } = await lab.site.openPull({ branch });
  return { head, number };
}
