import { fileURLToPath } from 'node:url';
import { Secret, withoutCredentials, type RetryOptions } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readAwsProfile, readDefaultRegion } from './aws-profile.ts';
import { containerCredentials, instanceCredentials } from './aws-role.ts';
import { folderStore } from './folder-store.ts';
import { httpStore } from './http-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Options, S3Settings } from './s3-options.ts';

export type MirrorEnvironment = Readonly<Record<string, string | undefined>>;

/** How a configuration reaches a mirror, beside its URL. Takes precedence over the environment. */
export interface StoreAccess {
  /** Of S3. */
  readonly endpoint?: string;
  /** Of AWS's own files. */
  readonly profile?: string;
  /** Access key, or name of a user of a registry. */
  readonly id?: string;
  readonly secret?: Secret;
  readonly token?: Secret;
  /** Repositories of the same registry that may hold blobs already. */
  readonly mountFrom?: readonly string[];
  /** How often requests to S3 are tried. */
  readonly retry?: RetryOptions;
  /** Receives warnings about what works but should be changed. */
  readonly warn?: (message: string) => void;
}

/**
 * The store behind a mirror's URL, with the variables that people have for Spack and its kin:
 * - a path or `file://…`: a folder;
 * - `s3://bucket/prefix`: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_PROFILE` (else
 *   `AWS_DEFAULT_PROFILE`, else the profile `default`, else the role of the container or of the machine), `AWS_REGION`,
 *   `S3_ENDPOINT_URL` (else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`), `SLIPWAY_S3_ADDRESSING` (`path` or `virtual`);
 *   without keys requests are anonymous;
 * - `oci://registry/repository` and `oci+http://…`: `SLIPWAY_REGISTRY_USERNAME`, `SLIPWAY_REGISTRY_PASSWORD`;
 * - `https://…` and `http://…`: read only.
 *
 * What speaks to S3 or to a registry is large, and most jobs have a folder: it is loaded with the first that needs it.
 */
export async function storeFromUrl(
  url: string,
  environment: MirrorEnvironment,
  access: StoreAccess = {},
): Promise<ObjectStore> {
  if (url.startsWith('s3://')) {
    const options = s3Options(url, environment, access);
    return (await import('./s3-store.ts')).s3Store(options);
  }
  if (url.startsWith('file://')) return folderStore(pathOf(url));
  if (/^oci(\+https?)?:\/\//.test(url)) return registryOf(url, environment, access);
  if (/^https?:\/\//.test(url)) return httpStore(url);
  if (url === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(url))
    throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) });
  return folderStore(url);
}

/** Registry and repository of an `oci://` URL; names are put in lower case, as Spack does. */
export function parseRegistryUrl(url: string): { registry: string; repository: string } | undefined {
  const [, registry, name] = /^oci(?:\+https?)?:\/\/([^/@?#]+)\/([^@?#]+?)\/*$/.exec(url) ?? [];
  return registry === undefined || name === undefined ? undefined : { registry, repository: name.toLowerCase() };
}

async function registryOf(url: string, environment: MirrorEnvironment, access: StoreAccess): Promise<ObjectStore> {
  const location = parseRegistryUrl(url);
  if (location === undefined) throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) });
  const username = access.id ?? filled(environment['SLIPWAY_REGISTRY_USERNAME']);
  const password = access.secret?.reveal() ?? filled(environment['SLIPWAY_REGISTRY_PASSWORD']);
  const credentials =
    username === undefined || password === undefined ? undefined : { username, password: new Secret(password) };
  const { mountFrom = [] } = access;
  const plain = url.startsWith('oci+http://') ? { plainHttp: true } : {};
  const { registryClient } = await import('../../oci/index.ts');
  const { registryStore } = await import('../registry/registry-store.ts');
  return registryStore(registryClient({ ...location, ...plain, access: 'push', credentials, mountFrom }));
}

function s3Options(url: string, environment: MirrorEnvironment, access: StoreAccess): S3Options {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/?#@]+)(?:\/([^?#]*))?$/.exec(url) ?? [];
  if (bucket === undefined) throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) });
  const keys = accessKeys(environment, access);
  const named = filled(environment['AWS_PROFILE']) ?? filled(environment['AWS_DEFAULT_PROFILE']);
  const profile = access.profile ?? (keys === undefined ? named : undefined);
  const endpoint = withScheme(access.endpoint ?? endpointOf(environment, access));
  return {
    endpoint,
    bucket,
    region: filled(environment['AWS_REGION']) ?? filled(environment['AWS_DEFAULT_REGION']),
    prefix: prefix.replace(/^\/+|\/+$/g, ''),
    addressing: environment['SLIPWAY_S3_ADDRESSING'] === 'virtual' ? 'virtual' : 'path',
    ...(profile === undefined ? keys : {}),
    retry: access.retry,
    settings: async () => {
      if (profile !== undefined) return readAwsProfile(profile, environment);
      return keys === undefined ? defaultSettings(environment, endpoint) : readDefaultRegion(environment);
    },
  };
}

/** Without keys or a profile's name, in the order of AWS's own tools; at the end of it, requests are anonymous. */
async function defaultSettings(environment: MirrorEnvironment, explicit: string | undefined): Promise<S3Settings> {
  const profile = await readAwsProfile(undefined, environment);
  const { endpoint, credentials = await containerCredentials(environment) } = profile;
  if (credentials !== undefined) return { ...profile, credentials };
  // The role of a machine is valid at Amazon alone; elsewhere its service is not waited for.
  const { hostname } = new URL(explicit ?? endpoint ?? 'https://s3.amazonaws.com');
  const isAmazon = /\.amazonaws\.com(?:\.cn)?$/.test(hostname);
  return isAmazon ? { ...profile, credentials: await instanceCredentials(environment) } : profile;
}

/** Takes both halves of a pair from one source: the secret of another key would be refused. */
function accessKeys(
  environment: MirrorEnvironment,
  { id, secret, token, profile }: StoreAccess,
): Pick<S3Options, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'> | undefined {
  if (id !== undefined && secret !== undefined)
    return { accessKeyId: id, secretAccessKey: secret.reveal(), sessionToken: token?.reveal() };
  const accessKeyId = filled(environment['AWS_ACCESS_KEY_ID']);
  const secretAccessKey = filled(environment['AWS_SECRET_ACCESS_KEY']);
  if (profile !== undefined || accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: token?.reveal() ?? filled(environment['AWS_SESSION_TOKEN']) };
}

/** `S3_ENDPOIT_URL` is how older documentation misspelt it, and so do pipelines. */
function endpointOf(environment: MirrorEnvironment, { warn }: StoreAccess): string | undefined {
  const misspelt = filled(environment['S3_ENDPOIT_URL']);
  const endpoint =
    filled(environment['S3_ENDPOINT_URL']) ??
    misspelt ??
    filled(environment['AWS_ENDPOINT_URL_S3']) ??
    filled(environment['AWS_ENDPOINT_URL']);
  if (misspelt !== undefined) warn?.('`S3_ENDPOIT_URL` is set: it is spelt `S3_ENDPOINT_URL`');
  return endpoint;
}

/** `https://` as Spack assumes. */
function withScheme(endpoint: string | undefined): string | undefined {
  return endpoint === undefined || /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) }, { cause: error });
  }
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
