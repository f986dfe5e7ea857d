import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import {
  Secret,
  findAbove,
  messageOf,
  readNamedFile,
  refuseErrors,
  type ProcessVariables,
  type SecretSource,
} from '../../kit/index.ts';
import { dataFolder } from '../data-folder.ts';
import { coordinatorError } from '../errors.ts';
import { readServerConfiguration } from './read-server-configuration.ts';
import { ServerConfiguration } from './server-configuration.ts';

/** The server's configuration where nothing names another file. */
const serverConfigurationFile = 'slipway.server.yaml';

/** Settings of the command line. They win over `SLIPWAY_*`, which win over the file. */
export interface ServerFlags {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly baseUrl?: string;
}

export interface ServerSettings {
  readonly configuration: ServerConfiguration;
  /** The file, absolute; undefined without one. */
  readonly file?: string;
  /** Folder that relative paths of the file start from. */
  readonly base: string;
  reveal(source: SecretSource, purpose: string): Promise<Secret>;
}

/**
 * Merges defaults, the file, `SLIPWAY_*` and flags; later ones win. If no file is named, the nearest one in `cwd` or a
 * folder above it is read. The data folder becomes an absolute path.
 */
export async function loadServerSettings(
  flags: ServerFlags,
  env: ProcessVariables,
  cwd: string,
): Promise<ServerSettings> {
  const named = flags.config ?? env.SLIPWAY_CONFIG;
  const found = named === undefined ? findAbove(serverConfigurationFile, cwd) : resolve(cwd, named);
  const file = found ?? resolve(cwd, serverConfigurationFile);
  const text = found === undefined ? '' : await readNamedFile(file, cwd);
  const { configuration, diagnostics } = readServerConfiguration(text, file);
  refuseErrors(diagnostics);
  const base = dirname(file);
  const merged = withOverrides(configuration, overrides(flags, env, cwd));
  const stacks = merged.stacks.map((stack) => ({ ...stack, remote: remoteFrom(base, stack.remote) }));
  const settings = createSettings({ ...merged, stacks, data: resolve(base, merged.data) }, base, env);
  return { ...settings, file: found };
}

/** Makes a folder of this machine that begins with `.` absolute; other remotes may be addresses. */
function remoteFrom(base: string, remote: string | undefined): string | undefined {
  return remote !== undefined && /^\.{1,2}(?:\/|$)/.test(remote) ? resolve(base, remote) : remote;
}

/** Checks and applies what flags and variables set; the file has been checked before. */
function withOverrides(
  configuration: ServerConfiguration | undefined,
  values: Partial<ServerConfiguration>,
): ServerConfiguration {
  const { data, error } = ServerConfiguration.safeParse({ ...configuration, ...values });
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw coordinatorError('SETTING_INVALID', { setting: String(issue?.path[0]), reason: issue?.message });
}

/** Returns settings without a file. */
export function settingsOf(values: z.input<typeof ServerConfiguration>, env: ProcessVariables): ServerSettings {
  const configuration = ServerConfiguration.parse(values);
  return createSettings(configuration, configuration.data, env);
}

function createSettings(configuration: ServerConfiguration, base: string, env: ProcessVariables): ServerSettings {
  return { configuration, base, reveal: (source, purpose) => revealSecret(source, { env, base, purpose }) };
}

function overrides(flags: ServerFlags, env: ProcessVariables, cwd: string): Partial<ServerConfiguration> {
  const data = flags.data ?? env.SLIPWAY_DATA;
  const listen = flags.listen ?? env.SLIPWAY_LISTEN;
  const baseUrl = flags.baseUrl ?? env.SLIPWAY_BASE_URL;
  return {
    ...(data === undefined ? {} : { data: resolve(cwd, data) }),
    ...(listen === undefined ? {} : { listen }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    // Anything but `none` is refused by the schema.
    ...(env.SLIPWAY_USERS === undefined ? {} : { users: env.SLIPWAY_USERS as 'none' }),
  };
}

/** Reads a secret from the variable or file that a configuration names. Throws SECRET_MISSING. */
export async function revealSecret(
  from: SecretSource,
  { env, base, purpose }: { env: ProcessVariables; base: string; purpose: string },
): Promise<Secret> {
  const missing = (source: string, cause?: unknown) =>
    coordinatorError('SECRET_MISSING', { purpose, source }, { cause });
  if ('env' in from) {
    const value = env[from.env] ?? '';
    if (value === '') throw missing(`variable \`${from.env}\``);
    return new Secret(value);
  }
  const credentials = env.CREDENTIALS_DIRECTORY;
  if ('credential' in from && credentials === undefined)
    throw missing(`credential \`${from.credential}\` (CREDENTIALS_DIRECTORY is not set)`);
  const file = 'file' in from ? resolve(base, from.file) : resolve(credentials as string, from.credential);
  try {
    return new Secret((await readFile(file, 'utf8')).trimEnd());
  } catch (error) {
    throw missing(`file \`${file}\` (${messageOf(error)})`, error);
  }
}

/** Returns the folder of the keys and logs of the notary that the server starts. */
export function notaryFolder({ configuration, base }: ServerSettings): string {
  const { folder } = configuration.notary;
  return folder === undefined ? dataFolder(configuration.data).notary : resolve(base, folder);
}
