import type { Clock, Logger, Secret } from '../../kit/index.ts';
import {
  isProtectedBranch,
  remoteOf,
  type DataFolder,
  type ForgeLedger,
  type ServerSettings,
  type Stack,
  type StackConfiguration,
} from '../../coordinator/index.ts';
import { gitForge, githubForge } from '../../forge/index.ts';
import type { SignText } from '../../mirror/index.ts';
import { createNotary } from '../../notary/index.ts';
import { mirrorStorage } from './mirror-storage.ts';
import type { NotaryLink } from '../notary/notary-link.ts';
import { fillLayoutV2, repairMirror, publishMirrorKeys, stackMirror } from './stack-mirror.ts';

interface StackParts {
  readonly settings: ServerSettings;
  readonly folder: DataFolder;
  readonly ledger: ForgeLedger;
  readonly notary: NotaryLink;
  readonly log: Logger;
  readonly clock: Clock;
  readonly path: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens what serves one stack: its forge, its mirror (repaired after a crash), its notary, its secrets. */
export async function openStack(configuration: StackConfiguration, parts: StackParts): Promise<Stack> {
  const { notary: link, clock, settings } = parts;
  const { name, layouts } = configuration;
  const { verifier } = link.keys;
  const storage = await mirrorStorage(configuration, parts);
  const sign: SignText = (text) => link.signing.signStatement({ stack: name, root: '', text });
  const mirror = stackMirror({ storage, layouts, verifier, sign, clock });
  const notary = createNotary({ signing: link.signing, store: mirror.root(''), verifier, index: mirror.publisher('') });
  await repairMirror(storage, mirror, link.keys.keys);
  await fillLayoutV2(mirror, { stack: name, notary, log: parts.log });
  link.keys.onChange(({ keys }) => publishMirrorKeys(mirror, keys));
  return {
    configuration,
    mirror,
    forge: await openForge(configuration, parts),
    notary,
    ...(await webhookSecretOf(configuration, parts)),
    ...(await tokensOf(configuration, parts)),
    secrets: await Promise.all(
      configuration.secrets.map(async ({ name: variable, from, scope }) => ({
        name: variable,
        scope,
        value: await settings.reveal(from, `variable \`${variable}\` of stack \`${name}\``),
      })),
    ),
  };
}

async function openForge(configuration: StackConfiguration, parts: StackParts): Promise<Stack['forge']> {
  const { folder, ledger, log, clock, path, settings } = parts;
  const { name, defaultBranch, github } = configuration;
  const isProtected = (branch: string): boolean => isProtectedBranch(configuration, branch);
  const shared = { repository: folder.repository(name), defaultBranch, isProtected, log, clock, path };
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

async function webhookSecretOf(
  { name, github }: StackConfiguration,
  { settings }: StackParts,
): Promise<{ webhookSecret?: Secret }> {
  const source = github?.webhookSecret;
  return source === undefined
    ? {}
    : { webhookSecret: await settings.reveal(source, `the webhook of stack \`${name}\``) };
}

async function tokensOf(
  { name, hookToken, triggerToken, triggerTokens }: StackConfiguration,
  { settings }: StackParts,
): Promise<Pick<Stack, 'hookToken' | 'triggerToken' | 'accounts'>> {
  const of = `of stack \`${name}\``;
  const accounts = triggerTokens.map(async ({ actor, token }) => ({
    actor,
    token: await settings.reveal(token, `triggers by \`${actor}\` ${of}`),
  }));
  return {
    ...(hookToken === undefined ? {} : { hookToken: await settings.reveal(hookToken, `the hook ${of}`) }),
    ...(triggerToken === undefined ? {} : { triggerToken: await settings.reveal(triggerToken, `triggers ${of}`) }),
    accounts: await Promise.all(accounts),
  };
}
