import { join, resolve } from 'node:path';
import type { DataFolder, SecretSource } from '../../coordinator/index.ts';
import { packageRoot } from '../package-root.ts';
import type { ServerSettings } from './settings.ts';

/**
 * What a job in a sandbox does not see: all that the server keeps, and every file that a secret is read from. What it
 * sees even there: slipway itself, node, and the folder with the command `slipway`.
 */
export function sandboxPlaces(
  { configuration, base }: ServerSettings,
  folder: DataFolder,
): { readonly hidden: readonly string[]; readonly readable: readonly string[] } {
  const { stacks, registries, mirrors, runners, signingKey, imageKey, notary, tls } = configuration;
  const sources: readonly (SecretSource | undefined)[] = [
    signingKey,
    imageKey,
    notary.token,
    ...registries.map(({ password }) => password),
    ...runners.map(({ token }) => token),
    ...mirrors.flatMap(({ credentials }) => [credentials?.id, credentials?.secret]),
    ...stacks.flatMap(({ secrets, hookToken, triggerToken, triggerTokens, github }) => [
      ...secrets.map(({ from }) => from),
      hookToken,
      triggerToken,
      ...triggerTokens.map(({ token }) => token),
      github?.token,
      github?.webhookSecret,
    ]),
  ];
  const files = sources.flatMap((source) => (source !== undefined && 'file' in source ? [source.file] : []));
  const own = notary.folder === undefined ? [] : [notary.folder];
  const places = [
    ...files,
    ...own,
    ...mirrors.flatMap(({ path }) => path ?? []),
    ...(tls === undefined ? [] : [tls.key]),
  ];
  const remotes = stacks.flatMap(({ remote }) => (remote?.startsWith('/') ? [remote] : []));
  return {
    hidden: [folder.root, ...remotes, ...places.map((path) => resolve(base, path))],
    readable: [packageRoot(), process.execPath, join(folder.runner, 'bin')],
  };
}
