import { isProtectedBranch, remoteOf, type ForgeLedger, type StackConfiguration } from '../../coordinator/index.ts';
import { forgeRepository, gitForge, type Forge } from '../../forge/index.ts';
import type { ServerParts } from './server-parts.ts';

interface ForgeParts extends Pick<ServerParts, 'settings' | 'folder' | 'env' | 'log' | 'clock'> {
  readonly ledger: ForgeLedger;
}

/** Opens the forge of a stack, with its copy of the repository in the data folder. */
export async function openForge(configuration: StackConfiguration, parts: ForgeParts): Promise<Forge> {
  const { folder, ledger, log, clock, env, settings } = parts;
  const { name, defaultBranch } = configuration;
  const shared = {
    repository: folder.repository(name),
    defaultBranch,
    isProtected: (branch: string) => isProtectedBranch(configuration, branch),
    log,
    clock,
    path: env.PATH,
  };
  const repository = forgeRepository(configuration);
  if (repository !== undefined)
    return repository.open({
      ...shared,
      reveal: (source, what) => settings.reveal(source, `${what} of stack \`${name}\``),
    });
  return gitForge({
    ...shared,
    remote: remoteOf(configuration),
    numberFor: (branch, taken) => ledger.requestNumber(name, branch, taken),
  });
}
