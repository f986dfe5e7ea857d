import { fileURLToPath } from 'node:url';
import { mirrorError } from '../errors.ts';
import { folderStore } from './folder-store.ts';
import type { ObjectStore } from './object-store.ts';
import { s3Store } from './s3-store.ts';
import type { S3Options } from './s3-store.ts';

export type MirrorEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The store behind a mirror's URL: a path, `file://…`, or `s3://bucket/prefix` with the variables that people have
 * for Spack: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `S3_ENDPOINT_URL`.
 */
export function storeFromUrl(url: string, environment: MirrorEnvironment): ObjectStore {
  if (url.startsWith('s3://')) return s3Store(s3Options(url, environment));
  if (url.startsWith('file://')) return folderStore(pathOf(url));
  if (url === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(url))
    throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) });
  return folderStore(url);
}

function s3Options(url: string, environment: MirrorEnvironment): S3Options {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/?#@]+)(?:\/([^?#]*))?$/.exec(url) ?? [];
  if (bucket === undefined) throw mirrorError('MIRROR_URL_UNSUPPORTED', { url: withoutCredentials(url) });
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  return {
    endpoint: endpointOf(environment) ?? `https://s3.${region}.amazonaws.com`,
    bucket,
    region,
    prefix: prefix.replace(/^\/+|\/+$/g, ''),
    accessKeyId: filled(environment['AWS_ACCESS_KEY_ID']),
    secretAccessKey: filled(environment['AWS_SECRET_ACCESS_KEY']),
    sessionToken: filled(environment['AWS_SESSION_TOKEN']),
  };
}

/** `S3_ENDPOIT_URL` is how older documentation misspelt it, and so do pipelines. `https://` as Spack assumes. */
function endpointOf(environment: MirrorEnvironment): string | undefined {
  const endpoint = filled(environment['S3_ENDPOINT_URL']) ?? filled(environment['S3_ENDPOIT_URL']);
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

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
