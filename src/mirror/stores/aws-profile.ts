import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, hasCode, messageOf, type ProgramResult } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readFailure } from './store-failure.ts';
import { readIssued } from './issued-credentials.ts';
import type { S3Credentials, S3Settings } from './s3-options.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What a profile says in AWS's two files (`AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE`, by default below
 * `~/.aws`): key pair and session token, or the `credential_process` that prints them; region, endpoint. Throws
 * MIRROR_PROFILE_UNKNOWN where neither file has it, MIRROR_PROFILE_UNSUPPORTED, MIRROR_CREDENTIALS_UNAVAILABLE.
 */
export async function readAwsProfile(profile: string, environment: Variables): Promise<S3Settings> {
  const files = filesOf(environment);
  const said = await sayingsOf(profile, files);
  if (said === undefined)
    throw mirrorError('MIRROR_PROFILE_UNKNOWN', { profile, files: Object.values(files).join(', ') });
  return { ...placeOf(said), credentials: await credentialsOf(said, { profile, environment }) };
}

/** The same of the profile that counts where none is named; nothing where there is none. */
export async function readDefaultProfile(environment: Variables): Promise<S3Settings> {
  const said = await sayingsOf('default', filesOf(environment));
  if (said === undefined) return {};
  return { ...placeOf(said), credentials: await credentialsOf(said, { profile: 'default', environment }) };
}

/** Region and endpoint of the profile that counts where none is named: credentials come from elsewhere. */
export async function readDefaultPlace(environment: Variables): Promise<S3Settings> {
  return placeOf((await sayingsOf('default', filesOf(environment))) ?? {});
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

function placeOf(said: Sayings): S3Settings {
  return { region: said['region'], endpoint: said['endpoint_url'] };
}

const ELSEWHERE = ['sso_session', 'sso_start_url', 'role_arn', 'login_session'];

async function credentialsOf(
  said: Sayings,
  { profile, environment }: { readonly profile: string; readonly environment: Variables },
): Promise<S3Credentials | undefined> {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, credential_process: command } = said;
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken: said['aws_session_token'] };
  if (command !== undefined) return printedBy(command, { profile, environment });
  const setting = ELSEWHERE.find((name) => said[name] !== undefined);
  if (setting !== undefined) throw mirrorError('MIRROR_PROFILE_UNSUPPORTED', { profile, setting });
  return undefined;
}

/** The process may ask a person, in a browser say. */
const LONGEST_MS = 5 * 60_000;

async function printedBy(
  command: string,
  { profile, environment }: { readonly profile: string; readonly environment: Variables },
): Promise<S3Credentials> {
  try {
    const result = await attemptProgram('/bin/sh', ['-c', command], { env: environment, timeout: LONGEST_MS });
    if (!result.isSuccess) throw new Error(reasonOf(result));
    return readIssued(result.text);
  } catch (error) {
    const source = `\`credential_process\` of profile \`${profile}\``;
    throw mirrorError('MIRROR_CREDENTIALS_UNAVAILABLE', { source, reason: messageOf(error) });
  }
}

/** What the program wrote to its standard error; its standard output may hold half a secret. */
function reasonOf({ stderr, cut, ending }: ProgramResult): string {
  const text = stderr.toString('utf8').trim().slice(0, 500);
  if (text !== '') return text;
  return cut === 'timeout' ? `it took more than ${LONGEST_MS / 1000} seconds` : ending;
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
