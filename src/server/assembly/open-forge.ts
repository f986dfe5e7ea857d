import { isProtectedBranch, remoteOf, type ForgeLedger, type StackConfiguration } from '../../coordinator/index.ts';
import { gitForge, githubForge, type Forge } from '../../forge/index.ts';
import { systemClock } from '../../kit/index.ts';
import type { ServerParts } from './server-parts.ts';

interface ForgeParts extends Pick<ServerParts, 'settings' | 'folder' | 'env' | 'log'> {
  readonly ledger: ForgeLedger;
}

/** Opens the forge of a stack, with its copy of the repository in the data folder. */
export async function openForge(configuration: StackConfiguration, parts: ForgeParts): Promise<Forge> {
  const { folder, ledger, log, env, settings } = parts;
  const { name, defaultBranch, github } = configuration;
  const shared = {
    repository: folder.repository(name),
    defaultBranch,
    isProtected: (branch: string) => isProtectedBranch(configuration, branch),
    log,
    clock: systemClock,
    path: env.PATH,
  };
  if (github === undefined) {
    return gitForge({
      ...shared,
      remote: remoteOf(configuration),
      numberFor: (branch, taken) => ledger.requestNumber(name, branch, taken),
    });
  }
  const token = await settings.reveal(github.token, `the token of GitHub for stack \`${name}\``);
  return githubForge({ ...shared, github: github.repository, apiUrl: github.apiUrl, token });
}
