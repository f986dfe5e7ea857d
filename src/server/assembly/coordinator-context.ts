import {
  Blocks,
  Drain,
  Fleet,
  Quotas,
  RunnerRegistry,
  createIdTokenIssuer,
  type CoordinatorContext,
  type ForgeLedger,
  type Stack,
} from '../../coordinator/index.ts';
import { WorkFolder } from '../../image/index.ts';
import { createLedgers, createRunnerLedger, raiseNumbers, type Database } from '../../store/index.ts';
import type { NotaryLink } from '../notary/notary-link.ts';
import { findInArchive, readArchiveFile } from '../runner-api/artifact-archive.ts';
import { imageTargets, registryLogins } from './image-targets.ts';
import { includeLibrary } from './open-includes.ts';
import { openStack } from './open-stack.ts';
import type { ConfiguredRunner } from './runners.ts';
import { identityKey } from './server-keys.ts';
import type { ServerParts } from './server-parts.ts';
import { usedNumbers } from './used-numbers.ts';

interface ContextParts {
  readonly tokens: CoordinatorContext['tokens'];
  readonly runners: readonly ConfiguredRunner[];
  readonly database: Database;
  readonly ledger: ForgeLedger;
  readonly notary: NotaryLink;
  /** Returns the address that the server listens on; empty before it does. */
  url(): string;
}

/** Opens the stacks, and joins all that the coordinator works with. */
export async function createContext(server: ServerParts, parts: ContextParts): Promise<CoordinatorContext> {
  const { settings, folder, log, clock, audit, env, version } = server;
  const { database, ledger, tokens, runners, notary } = parts;
  const { configuration } = settings;
  const path = env.PATH;
  const baseUrl = () => (configuration.baseUrl ?? parts.url()).replace(/\/$/, '');
  const registryCredentials = registryLogins(settings, env);
  const includes = await includeLibrary(server, baseUrl);
  const stacks = new Map<string, Stack>();
  for (const stack of configuration.stacks)
    stacks.set(stack.name, await openStack(stack, { ...server, ledger, notary, includes }));
  raiseNumbers(database, await usedNumbers(folder, { stacks: [...stacks.keys()], signing: notary.signing, path }));
  const runnerLedger = createRunnerLedger(database);
  const registry = new RunnerRegistry(runners, clock, runnerLedger);
  const context: Omit<CoordinatorContext, 'quotas' | 'drain'> = {
    configuration,
    folder,
    clock,
    log,
    audit,
    ...createLedgers(database),
    ledger,
    stacks,
    tokens,
    runners: registry,
    fleet: new Fleet({ ledger: runnerLedger, clock, configuration }),
    idTokens: createIdTokenIssuer(identityKey(folder.keys)),
    signing: notary.keys,
    verifier: notary.keys.verifier,
    takesUntrusted: (stack) => registry.takesUntrusted(stack),
    archives: {
      find: async (path, predicate) =>
        (await findInArchive(path, ({ name, kind }) => kind === 'file' && predicate(name)))?.name,
      read: (path, name, maxBytes) => readArchiveFile(path, name, { maxBytes }),
    },
    imageWork: new WorkFolder(folder.imageWork),
    sandbox: runners.some(({ embedded, sandbox }) => embedded && sandbox === 'never') ? 'never' : 'always',
    imageTarget: imageTargets({ folder, baseUrl, registryCredentials }),
    registryCredentials,
    baseUrl,
    version,
    path,
    blocks: new Blocks(folder.blocks),
  };
  return { ...context, quotas: new Quotas(context), drain: new Drain(context) };
}
