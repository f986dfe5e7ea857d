import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock, Logger, Secret } from '../../kit/index.ts';
import { isProtectedBranch, remoteOf } from '../../coordinator/index.ts';
import type { DataFolder, JourneyLedger, Stack, StackConfiguration, StackMirror } from '../../coordinator/index.ts';
import { gitForge, githubForge } from '../../forge/index.ts';
import {
  IndexPublisher,
  folderStore,
  indexPath,
  prefixedStore,
  publishKeys,
  sweepTemporary,
  writeLayout,
} from '../../mirror/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { createLocalNotary, createSigningLog, createVerifier } from '../../notary/index.ts';
import type { Signer } from '../../notary/index.ts';
import type { ServerSettings } from './settings.ts';

export interface StackParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly journey: JourneyLedger;
  readonly signer: Signer;
  readonly log: Logger;
  readonly clock: Clock;
  readonly path: string | undefined;
}

/** Opens what serves one stack: its forge, its mirror (healed if a crash left it torn), its notary, its secrets. */
export async function openStack(configuration: StackConfiguration, parts: StackParts): Promise<Stack> {
  const { folder, signer, log, clock, settings } = parts;
  const { name } = configuration;
  const mirrorFolder = mirrorFolderOf(configuration, parts);
  const verifier = createVerifier(signer.publicKey);
  const mirror = openMirror(
    mirrorFolder,
    new IndexPublisher(
      folderStore(mirrorFolder),
      { verifier, requireSignature: true },
      { path: indexPath(mirrorFolder), sign: (text) => signer.sign(text), clock },
    ),
  );
  await healMirror(mirrorFolder, mirror, signer);
  const signingLog = await createSigningLog(folder.signingLog(name), { clock });
  return {
    configuration,
    mirror,
    forge: await openForge(configuration, parts),
    notary: createLocalNotary({
      signer,
      store: mirror.root(''),
      log,
      index: mirror.publisher(''),
      signingLog,
      verifier,
    }),
    ...(await webhookSecretOf(configuration, parts)),
    ...(await triggerTokenOf(configuration, parts)),
    secrets: await Promise.all(
      configuration.secrets.map(async ({ name: variable, from, scope }) => ({
        name: variable,
        scope,
        value: await settings.reveal(from, `variable \`${variable}\` of stack \`${name}\``),
      })),
    ),
  };
}

function mirrorFolderOf(configuration: StackConfiguration, { settings, folder }: StackParts): string {
  const named = settings.configuration.mirrors.find(({ name }) => name === configuration.mirror);
  return named === undefined
    ? folder.mirror(configuration.name)
    : join(resolve(settings.base, named.path), configuration.name);
}

async function openForge(configuration: StackConfiguration, parts: StackParts): Promise<Stack['forge']> {
  const { folder, journey, log, clock, path, settings } = parts;
  const { name, defaultBranch, github } = configuration;
  const isProtected = (branch: string): boolean => isProtectedBranch(configuration, branch);
  const shared = { repository: folder.repository(name), defaultBranch, isProtected, log, clock, path };
  if (github === undefined) {
    return gitForge({
      ...shared,
      remote: remoteOf(configuration),
      numberFor: (branch) => journey.requestNumber(name, branch),
    });
  }
  const token = await settings.reveal(github.token, `the token of GitHub for stack \`${name}\``);
  return githubForge({ ...shared, github: github.repository, apiUrl: github.apiUrl, token });
}

async function webhookSecretOf(
  { name, github }: StackConfiguration,
  { settings }: StackParts,
): Promise<{ webhookSecret?: Secret }> {
  const source = github?.webhookSecret;
  return source === undefined
    ? {}
    : { webhookSecret: await settings.reveal(source, `the webhook of stack \`${name}\``) };
}

async function triggerTokenOf(
  { name, triggerToken: source }: StackConfiguration,
  { settings }: StackParts,
): Promise<{ triggerToken?: Secret }> {
  return source === undefined ? {} : { triggerToken: await settings.reveal(source, `triggers of stack \`${name}\``) };
}

function openMirror(path: string, publisher: IndexPublisher): StackMirror {
  const whole = folderStore(path);
  const publishers = new Map([['', publisher]]);
  const root = (prefix: string): ObjectStore => (prefix === '' ? whole : prefixedStore(whole, prefix));
  return {
    whole,
    root,
    publisher: (prefix) => {
      const known = publishers.get(prefix) ?? unsignedPublisher(join(path, prefix), root(prefix));
      publishers.set(prefix, known);
      return known;
    },
    removeRequest: async (number) => {
      publishers.get(`pr/${number}`)?.close();
      publishers.delete(`pr/${number}`);
      await rm(join(path, 'pr', number), { recursive: true, force: true });
    },
  };
}

function unsignedPublisher(folder: string, store: ObjectStore): IndexPublisher {
  return new IndexPublisher(store, { requireSignature: false }, { path: indexPath(folder) });
}

async function healMirror(path: string, mirror: StackMirror, signer: Signer): Promise<void> {
  const isRecorded = existsSync(indexPath(path));
  await sweepTemporary(path);
  await writeLayout(mirror.root(''));
  await publishKeys(mirror.root(''), [signer]);
  // A mirror that comes without its record is read whole, once.
  if (isRecorded) await mirror.publisher('').heal();
  else await mirror.publisher('').rebuild();
}
