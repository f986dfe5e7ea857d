import { notaryFolder, type ServerSettings } from '../../coordinator/index.ts';
import { programEntry, type Logger } from '../../kit/index.ts';
import type { KeeperOptions } from '../socket-keeper.ts';
import { checkPrograms } from './check-programs.ts';
import { KeptNotary } from './kept-notary.ts';
import { ownFolders } from './own-folders.ts';
import type { SeparateUsers } from './separate-users.ts';
import { variablesOf } from './system-user.ts';

interface SplitParts {
  readonly settings: ServerSettings;
  readonly users: SeparateUsers;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

/** What a keeper that root started adds: its server runs as one user, and the notary that it starts as another. */
interface Split {
  readonly options: Pick<KeeperOptions, 'env' | 'user' | 'start'>;
  /** Makes folders and notary ready for a server with changed settings. */
  prepare(settings: ServerSettings): Promise<void>;
  /** Ends the notary. */
  stop(): Promise<void>;
}

/**
 * Prepares the folders of both users and starts the notary. The process itself stays root's: it holds the listening
 * socket, and starts both programs again when they end. It opens no file of either user and reads no request.
 */
export async function splitUsers({ settings, users, env, log }: SplitParts): Promise<Split> {
  // The notary reads the mirrors by its group.
  process.umask(0o022);
  const entry = programEntry();
  const prepareFolders = async (next: ServerSettings) =>
    ownFolders({ data: next.configuration.data, notary: notaryFolder(next) }, users);
  for (const user of [users.server, users.notary]) await checkPrograms(user, [entry]);
  await prepareFolders(settings);
  const isElsewhere = settings.configuration.notary.url !== undefined;
  const notary = isElsewhere ? undefined : new KeptNotary(settings, { users, entry, env, log });
  await notary?.start();
  log.info(
    { server: users.server.name, notary: isElsewhere ? undefined : users.notary.name },
    'root started the server; it and the notary run as users without rights',
  );
  const { SPACK_SIGNING_KEY: _, COSIGN_PASSWORD: __, ...shared } = env;
  return {
    options: { env: variablesOf(users.server, shared), user: users.server, start: { notary: notary?.address } },
    prepare: async (next) => {
      await prepareFolders(next);
      await notary?.replace(next);
    },
    stop: async () => notary?.stop(),
  };
}
