import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readFailure } from './store-failure.ts';
import type { S3Settings } from './s3-options.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What a profile says in AWS's two files (`AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE`, by default below
 * `~/.aws`): key pair, session token, region, endpoint. Throws MIRROR_PROFILE_UNKNOWN where neither file has it.
 */
export async function readAwsProfile(profile: string, environment: Variables): Promise<S3Settings> {
  const files = filesOf(environment);
  const said = await sayingsOf(profile, files);
  if (said === undefined)
    throw mirrorError('MIRROR_PROFILE_UNKNOWN', { profile, files: Object.values(files).join(', ') });
  return settingsOf(said);
}

/** The same of the profile that counts where none is named; nothing where there is none. */
export async function readDefaultProfile(environment: Variables): Promise<S3Settings> {
  const said = await sayingsOf('default', filesOf(environment));
  return said === undefined ? {} : settingsOf(said);
}

interface Files {
  readonly credentials: string;
  readonly config: string;
}

type Sayings = Readonly<Record<string, string | undefined>>;

function filesOf(environment: Variables): Files {
  const home = environment['HOME'] ?? '/';
  return {
    credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials'),
    config: environment['AWS_CONFIG_FILE'] ?? join(home, '.aws/config'),
  };
}

async function sayingsOf(profile: string, { credentials, config }: Files): Promise<Sayings | undefined> {
  const section = profile === 'default' ? profile : `profile ${profile}`;
  const found = [(await readSections(config)).get(section), (await readSections(credentials)).get(profile)];
  if (found.every((one) => one === undefined)) return undefined;
  return Object.assign({}, ...found) as Sayings;
}

function settingsOf(said: Sayings): S3Settings {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = said;
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey, sessionToken: said['aws_session_token'] };
  return { credentials, region: said['region'], endpoint: said['endpoint_url'] };
}

async function readSections(path: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw readFailure(path, error);
  });
  const sections = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    // Lines that are indented belong to a nested setting, of which there is none that counts here.
    const [, key, value] = /^([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (header !== undefined) sections.set(header, (current = sections.get(header) ?? {}));
    else if (key !== undefined && value !== undefined) current[key] = value;
  }
  return sections;
}
