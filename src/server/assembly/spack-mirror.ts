import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  s3Variables,
  withoutS3Variables,
  type ForgeLedger,
  type S3Variables,
  type ServerConfiguration,
  type ServerSettings,
  type Stack,
  type StackConfiguration,
} from '../../coordinator/index.ts';
import type { Forge } from '../../forge/index.ts';
import { readStack } from '../../generate/index.ts';
import { messageOf } from '../../kit/index.ts';
import { destinationMirror, type Mirror, type MirrorConnection } from '../../spack/index.ts';
import { serverError } from '../errors.ts';
import type { NotaryAddress } from '../socket-keeper.ts';
import { mirrorLocation } from './mirror-storage.ts';
import { openForge } from './open-forge.ts';
import type { ServerParts } from './server-parts.ts';

interface SpackMirrorParts extends Pick<ServerParts, 'settings' | 'folder' | 'env' | 'log' | 'clock'> {
  readonly ledger: ForgeLedger;
  /** Whether to use what was fetched last, without a request to remotes. */
  readonly isOffline?: boolean;
  /** A notary that got its settings before this server. */
  readonly keptNotary?: NotaryAddress | undefined;
}

/**
 * Gives stacks with the S3 variables of GitLab's jobs the mirror that their `spack.yaml` names, with the access of
 * these variables, which jobs then do not get. A remote that does not answer is read as it was fetched last. Throws
 * SERVER_MIRROR_REFUSED, with the change to make, where that is no mirror for a server.
 */
export async function withSpackMirrors(parts: SpackMirrorParts): Promise<ServerSettings> {
  const { settings } = parts;
  const stacks: StackConfiguration[] = [];
  const mirrors = [...settings.configuration.mirrors];
  for (const stack of settings.configuration.stacks) {
    const access = stack.mirror === undefined ? s3Variables(stack) : undefined;
    const mirror = access && (await mirrorOf(stack, access, parts));
    if (mirror !== undefined) mirrors.push(mirror);
    stacks.push(mirror === undefined ? stack : { ...withoutS3Variables(stack), mirror: mirror.name });
  }
  const mapped = { ...settings, configuration: { ...settings.configuration, mirrors, stacks } };
  refuseShared({ ...parts, settings: mapped });
  return mapped;
}

async function mirrorOf(
  stack: StackConfiguration,
  access: S3Variables,
  parts: SpackMirrorParts,
): Promise<ServerConfiguration['mirrors'][number]> {
  const { name, variables } = stack;
  const refuse = (reason: string, remedy: string) =>
    serverError('SERVER_MIRROR_REFUSED', { stack: name, reason, remedy });
  if (parts.keptNotary !== undefined)
    throw refuse('the notary has a user of its own, and does not read the repository of a stack', CONFIGURE);
  const url = refuseUnusable(await namedMirror(stack, parts, refuse), refuse);
  parts.log.info({ stack: name, mirror: url }, 'the mirror of the stack is that of its spack.yaml');
  const region = variables['AWS_REGION'] ?? variables['AWS_DEFAULT_REGION'];
  const { credentials } = access;
  const endpoint = await endpointOf(name, access, parts);
  return { name: mirrorName(name), url, perStack: false, region, credentials, endpoint };
}

function mirrorName(stack: string): string {
  return `spack.yaml of ${stack}`;
}

async function endpointOf(
  stack: string,
  { endpoint }: S3Variables,
  { settings }: SpackMirrorParts,
): Promise<string | undefined> {
  if (endpoint === undefined) return undefined;
  const purpose = `the endpoint of the mirror of stack \`${stack}\``;
  const value = 'value' in endpoint ? endpoint.value : (await settings.reveal(endpoint, purpose)).reveal();
  // As Spack does.
  return value.includes('://') ? value : `https://${value}`;
}

type Refuse = (reason: string, remedy: string) => Error;

const CONFIGURE = 'Name the mirror under `mirrors` and with `mirror` of the stack, and remove these variables from it.';

/** Returns the mirror that the stack's `spack.yaml`, with all that it includes, names on the default branch. */
async function namedMirror(stack: StackConfiguration, parts: SpackMirrorParts, refuse: Refuse): Promise<Mirror> {
  const { defaultBranch } = stack;
  const forge = await openForge(stack, parts);
  const sha = await headOf(stack, forge, parts);
  if (sha === undefined) throw refuse(`the remote has no branch \`${defaultBranch}\``, CONFIGURE);
  const found = await mirrorAt(sha, forge, stack).catch((error: unknown) => {
    throw refuse(`its \`spack.yaml\` cannot be read: ${messageOf(error)}`, CONFIGURE);
  });
  if (found === undefined) throw refuse('its `spack.yaml` names no mirror for binaries', CONFIGURE);
  return found;
}

/** Returns the mirror that the environment of a commit pushes to. */
async function mirrorAt(
  sha: string,
  forge: Forge,
  { environment = '.', variables }: Pick<StackConfiguration, 'environment' | 'variables'>,
): Promise<Mirror | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-stack-'));
  try {
    await writeYaml(forge, sha, folder);
    return destinationMirror((await readStack(join(folder, environment), { variables })).mirrors);
  } catch (error) {
    throw new Error(messageOf(error).replaceAll(`${folder}/`, '').replaceAll(folder, 'the repository'), {
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Returns a function that decides whether a commit names another mirror than the one that was read from `spack.yaml`. A
 * `spack.yaml` that cannot be read is left to the pipeline.
 */
export function mirrorChangeOf(
  stack: StackConfiguration,
  forge: Forge,
  { configuration }: ServerSettings,
): Stack['mirrorChange'] {
  const used = configuration.mirrors.find(({ name }) => name === stack.mirror)?.url;
  if (stack.mirror !== mirrorName(stack.name) || used === undefined) return undefined;
  return async (sha) => {
    const named = (await mirrorAt(sha, forge, stack).catch(() => undefined))?.pushUrl;
    return named === undefined || named === used ? undefined : { named, used };
  };
}

/** Events that a poll finds are found again when the server works. */
async function headOf(
  { name, defaultBranch }: StackConfiguration,
  forge: Forge,
  { ledger, log, isOffline = false }: SpackMirrorParts,
): Promise<string | undefined> {
  const known = ledger.knownRefs(name);
  const ref = `refs/heads/${defaultBranch}`;
  if (isOffline) return known.get(ref);
  try {
    return (await forge.poll(known)).refs.get(ref);
  } catch (error) {
    if (!known.has(ref)) throw error;
    log.warn(
      { stack: name, reason: messageOf(error) },
      'the remote could not be polled; the mirror of the last spack.yaml stays in use',
    );
    return known.get(ref);
  }
}

/** Writes the configuration in a commit; nothing else of it decides a mirror. Links are left out. */
async function writeYaml(forge: Forge, sha: string, folder: string): Promise<void> {
  for (const path of (await forge.listFiles(sha)).filter((one) => /\.ya?ml$/.test(one))) {
    const bytes = await forge.readFile(sha, path).catch(() => undefined);
    if (bytes === undefined) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

/** Returns the URL of a mirror that the jobs of a server reach through its gateway with nothing but its own variables. */
function refuseUnusable(mirror: Mirror, refuse: Refuse): string {
  const { name, pushUrl, push, fetch } = mirror;
  if (!/^s3:\/\/[^/@?#]+(?:\/[^@?#]*)?$/.test(pushUrl))
    throw refuse(`binaries go to \`${pushUrl}\`, which is not in an S3`, CONFIGURE);
  for (const connection of [push, fetch]) {
    const own = ownAccess(connection);
    if (own !== undefined)
      throw refuse(
        `its mirror \`${name}\` has ${own}, with which jobs would go past the gateway`,
        'Remove that from `spack.yaml`: the server reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and S3_ENDPOINT_URL.',
      );
  }
  return pushUrl;
}

function ownAccess(connection: MirrorConnection): string | undefined {
  const { url, endpointUrl, profile, idVariable, secretVariable, tokenVariable, id, secret, token } = connection;
  if (!url.startsWith('s3://')) return undefined;
  if (endpointUrl !== undefined) return '`endpoint_url`';
  if (profile !== undefined) return '`profile`';
  if (tokenVariable !== undefined || token !== undefined) return 'an access token';
  const isUsual = (idVariable ?? 'AWS_ACCESS_KEY_ID') === 'AWS_ACCESS_KEY_ID';
  const isUsualSecret = (secretVariable ?? 'AWS_SECRET_ACCESS_KEY') === 'AWS_SECRET_ACCESS_KEY';
  return id !== undefined || secret !== undefined || !isUsual || !isUsualSecret ? '`access_pair`' : undefined;
}

/** A mirror's index has one writer. */
function refuseShared(parts: Pick<SpackMirrorParts, 'settings' | 'folder' | 'env'>): void {
  const owners = new Map<string, string>();
  for (const stack of parts.settings.configuration.stacks) {
    const { location } = mirrorLocation(stack, parts);
    const other = owners.get(location);
    if (other !== undefined)
      throw serverError('SERVER_MIRROR_REFUSED', {
        stack: stack.name,
        reason: `\`${location}\` is the mirror of stack \`${other}\``,
        remedy: 'Give each stack a mirror of its own.',
      });
    owners.set(location, stack.name);
  }
}
