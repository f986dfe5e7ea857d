import { forgeLab } from './forge-lab.ts';
import { gitlabStandIn } from './gitlab.ts';

/** A whole server beside a GitLab of its own. */
export const gitlabLab = async (options: { poll?: number; mode?: 'send' | 'keep'; secret?: string } = {}) =>
  forgeLab(await gitlabStandIn(), {
    kind: 'gitlab',
    section: ({ full }, apiUrl) => ({ project: full, url: apiUrl.replace('/api/v4', '') }),
    secret: 'between GitLab and us',
    ...options,
  });
