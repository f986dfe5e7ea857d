import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import { Secret, fileError, messageOf, refuseErrors } from '../../kit/index.ts';
import { coordinatorError, readServerConfiguration, ServerConfiguration } from '../../coordinator/index.ts';
import type { SecretSource } from '../../coordinator/index.ts';
import { cliError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const serverConfigurationFile = 'slipway.server.yaml';

/** What the command line says; wins over `SLIPWAY_*`, which win over the file. */
export interface ServerFlags {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly baseUrl?: string;
}

export interface ServerSettings {
  readonly configuration: ServerConfiguration;
  /** Folder that the file's relative paths are meant from. */
  readonly base: string;
  reveal(source: SecretSource, purpose: string): Promise<Secret>;
}

/** The server's configuration: defaults, then the file, then `SLIPWAY_*`, then flags. Paths come out absolute. */
export async function loadServerSettings(flags: ServerFlags, env: Environment, cwd: string): Promise<ServerSettings> {
  const asked = flags.config ?? env.SLIPWAY_CONFIG;
  const file = resolve(cwd, asked ?? serverConfigurationFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && asked === undefined) return '';
    throw fileError('FILE_UNREADABLE', { file, reason: messageOf(error) });
  });
  const { configuration, diagnostics } = readServerConfiguration(text, file);
  refuseErrors(diagnostics);
  const base = dirname(file);
  const merged = withOverrides(configuration, overrides(flags, env, cwd));
  return {
    configuration: { ...merged, data: resolve(base, merged.data) },
    base,
    reveal: (source, purpose) => revealSecret(source, { env, base, purpose }),
  };
}

/** The file has been checked; what a flag or a variable says instead has not. */
function withOverrides(
  configuration: ServerConfiguration | undefined,
  said: Partial<ServerConfiguration>,
): ServerConfiguration {
  const { data, error } = ServerConfiguration.safeParse({ ...configuration, ...said });
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const message = `\`${String(issue?.path[0])}\` of the command line or a \`SLIPWAY_\` variable: ${issue?.message}`;
  throw cliError('CLI_USAGE', { message, program: 'slipway serve' });
}

/** Settings that a program gives, instead of a file. */
export function settingsOf(values: z.input<typeof ServerConfiguration>, env: Environment): ServerSettings {
  const configuration = ServerConfiguration.parse(values);
  return {
    configuration,
    base: configuration.data,
    reveal: (source, purpose) => revealSecret(source, { env, base: configuration.data, purpose }),
  };
}

function overrides(flags: ServerFlags, env: Environment, cwd: string): Partial<ServerConfiguration> {
  const data = flags.data ?? env.SLIPWAY_DATA;
  const listen = flags.listen ?? env.SLIPWAY_LISTEN;
  const baseUrl = flags.baseUrl ?? env.SLIPWAY_BASE_URL;
  return {
    ...(data === undefined ? {} : { data: resolve(cwd, data) }),
    ...(listen === undefined ? {} : { listen }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
}

/** The value that a configuration names the place of. Throws SECRET_MISSING. */
export async function revealSecret(
  source: SecretSource,
  { env, base, purpose }: { env: Environment; base: string; purpose: string },
): Promise<Secret> {
  if ('env' in source) {
    const value = env[source.env];
    if (value === undefined || value === '')
      throw coordinatorError('SECRET_MISSING', { purpose, place: `variable \`${source.env}\`` });
    return new Secret(value);
  }
  const file = resolve(base, source.file);
  try {
    return new Secret((await readFile(file, 'utf8')).trimEnd());
  } catch (error) {
    throw coordinatorError(
      'SECRET_MISSING',
      { purpose, place: `file \`${file}\` (${messageOf(error)})` },
      { cause: error },
    );
  }
}
