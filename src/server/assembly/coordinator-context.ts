import {
  RunnerRegistry,
  createIdTokenIssuer,
  type CoordinatorContext,
  type DataFolder,
  type ServerSettings,
  type Stack,
} from '../../coordinator/index.ts';
import { WorkFolder } from '../../image/index.ts';
import { systemClock, type Logger } from '../../kit/index.ts';
import {
  createForgeLedger,
  createPipelineLedger,
  createRunnerLedger,
  raiseNumbers,
  type Database,
} from '../../store/index.ts';
import type { NotaryLink } from '../notary/notary-link.ts';
import { findInArchive, readArchiveFile } from '../runner-api/artifact-archive.ts';
import { identityKey } from './identity-key.ts';
import { imageTargets, registryLogins } from './image-targets.ts';
import { openStack } from './open-stack.ts';
import type { ConfiguredRunner } from './runners.ts';
import { usedNumbers } from './used-numbers.ts';

interface ContextOptions {
  readonly settings: ServerSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
}

interface ContextParts {
  readonly tokens: CoordinatorContext['tokens'];
  readonly runners: readonly ConfiguredRunner[];
  readonly folder: DataFolder;
  readonly database: Database;
  readonly notary: NotaryLink;
  /** Returns the address that the server listens on; empty before it does. */
  url(): string;
}

/** Opens the stacks, and joins everything that the coordinator works with. */
export async function createContext(options: ContextOptions, parts: ContextParts): Promise<CoordinatorContext> {
  const { settings, log, env } = options;
  const { folder, database, tokens, runners } = parts;
  const ledger = createForgeLedger(database);
  const baseUrl = (): string => (settings.configuration.baseUrl ?? parts.url()).replace(/\/$/, '');
  const registryCredentials = registryLogins(settings, env);
  const stacks = new Map<string, Stack>();
  const stackParts = { settings, folder, ledger, notary: parts.notary, log, clock: systemClock, path: env.PATH, env };
  for (const configuration of settings.configuration.stacks)
    stacks.set(configuration.name, await openStack(configuration, stackParts));
  raiseNumbers(
    database,
    await usedNumbers(folder, { stacks: [...stacks.keys()], signing: parts.notary.signing, path: env.PATH }),
  );
  return {
    configuration: settings.configuration,
    folder,
    clock: systemClock,
    log,
    pipelines: createPipelineLedger(database),
    ledger,
    stacks,
    tokens,
    runners: new RunnerRegistry(runners, systemClock, createRunnerLedger(database)),
    idTokens: createIdTokenIssuer(identityKey(folder.keys)),
    signing: parts.notary.keys,
    verifier: parts.notary.keys.verifier,
    takesUntrusted: runners.some(({ untrusted }) => untrusted),
    archives: {
      find: async (path, predicate) =>
        (await findInArchive(path, ({ name, kind }) => kind === 'file' && predicate(name)))?.name,
      read: (path, name, maxBytes) => readArchiveFile(path, name, { maxBytes }),
    },
    imageWork: new WorkFolder(folder.imageWork),
    imageTarget: imageTargets({ folder, baseUrl, registryCredentials }),
    registryCredentials,
    baseUrl,
    version: options.version,
    path: env.PATH,
  };
}
