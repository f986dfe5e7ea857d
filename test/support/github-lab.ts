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
