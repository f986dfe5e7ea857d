import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, hasCode, messageOf, type ProgramResult } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readFailure } from './store-failure.ts';
import { readIssued } from './issued-credentials.ts';
import type { S3Credentials, S3Settings } from './s3-options.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads a profile from AWS's two files (`AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE`, by default below `~/.aws`):
 * key pair and session token, or the `credential_process` that prints them; region, endpoint. Without a name it is the
 * profile `default`, which may be absent. Throws MIRROR_PROFILE_UNKNOWN, MIRROR_PROFILE_UNSUPPORTED,
 * MIRROR_CREDENTIALS_UNAVAILABLE.
 */
export async function readAwsProfile(profile: string | undefined, environment: Variables): Promise<S3Settings> {
  const name = profile ?? 'default';
  const section = await readSection(name, environment);
  if (section === undefined && profile !== undefined) {
    const files = Object.values(filesOf(environment)).join(', ');
    throw mirrorError('MIRROR_PROFILE_UNKNOWN', { profile, files });
  }
  const { region, endpoint_url: endpoint, ...rest } = section ?? {};
  return { region, endpoint, credentials: await credentialsIn(rest, { profile: name, environment }) };
}

/** Reads region and endpoint of the profile `default`: credentials come from elsewhere. */
export async function readDefaultRegion(environment: Variables): Promise<S3Settings> {
  const { region, endpoint_url: endpoint } = (await readSection('default', environment)) ?? {};
  return { region, endpoint };
}

function filesOf(environment: Variables): { readonly credentials: string; readonly config: string } {
  const home = environment['HOME'] ?? '/';
  return {
    credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws/credentials'),
    config: environment['AWS_CONFIG_FILE'] ?? join(home, '.aws/config'),
  };
}

async function readSection(profile: string, environment: Variables): Promise<Variables | undefined> {
  const { config, credentials } = filesOf(environment);
  const header = profile === 'default' ? profile : `profile ${profile}`;
  const found = [(await readSections(config)).get(header), (await readSections(credentials)).get(profile)];
  return found.some((one) => one !== undefined) ? Object.assign({}, ...found) : undefined;
}

const ELSEWHERE = ['sso_session', 'sso_start_url', 'role_arn', 'login_session'];

async function credentialsIn(
  section: Variables,
  source: { readonly profile: string; readonly environment: Variables },
): Promise<S3Credentials | undefined> {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = section;
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken: section['aws_session_token'] };
  const { credential_process: command } = section;
  if (command !== undefined) return printedBy(command, source);
  const setting = ELSEWHERE.find((name) => section[name] !== undefined);
  if (setting === undefined) return undefined;
  throw mirrorError('MIRROR_PROFILE_UNSUPPORTED', { profile: source.profile, setting });
}

/** The process may wait for a person, for example in a browser. */
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
