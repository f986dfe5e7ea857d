import type { Clock, Logger } from '../../src/kit/index.ts';
import { forgeLab } from './forge-lab.ts';
import { githubStandIn } from './github.ts';

interface LabOptions extends Pick<Parameters<typeof forgeLab>[1], 'stack' | 'env'> {
  /** Whether the server uses a GitHub App, and not a token. */
  readonly withApp?: boolean;
  readonly poll?: number;
  readonly mode?: 'send' | 'keep';
  readonly log?: Logger;
  readonly clock?: Clock;
}

/** A whole server beside a GitHub of its own. */
export async function githubLab({ withApp = false, ...options }: LabOptions = {}) {
  const site = await githubStandIn();
  const { id, pem } = site.githubApp;
  return forgeLab(site, {
    app: withApp ? { id, pem } : undefined,
    kind: 'github',
    section: ({ full }, apiUrl) => ({ repository: full, apiUrl }),
    secret: 'between GitHub and us',
    ...options,
  });
}
