import { hashPattern } from '../lock/dag-hash.ts';
import { spackError } from '../errors.ts';
import { namePattern } from '../lock/read-node.ts';

/** Names and media types of a build cache, layout v3 (Spack 1.0 and later). Keys are relative to the mirror's root. */
export const buildcacheMediaTypes = {
  tarball: 'application/vnd.spack.install.v2.tar+gzip',
  /** For spec files of format 5; see `specMediaType`. */
  spec: 'application/vnd.spack.spec.v5+json',
  index: 'application/vnd.spack.db.v8+json',
  key: 'application/pgp-keys',
  keyIndex: 'application/vnd.spack.keyindex.v1+json',
} as const;

/** What every index's media type begins with, whatever its version. */
export const indexMediaTypePrefix = 'application/vnd.spack.db';

export const layoutKey = 'v3/layout.json';
/** Byte for byte what Spack writes: with a space, without a newline. */
export const layoutText = '{"signing": "gpg"}';
export const specManifestPrefix = 'v3/manifests/spec/';
export const indexManifestKey = 'v3/manifests/index/index.manifest.json';
export const keysManifestKey = 'v3/manifests/key/keys.manifest.json';

export interface BuildcacheName {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
}

const SUFFIX = '.spec.manifest.json';

/** The media type of a spec blob: formats up to 5 go as v5, as `spack buildcache migrate` labels them. */
export function specMediaType(specfileVersion: number): string {
  return `application/vnd.spack.spec.v${Math.max(specfileVersion, 5)}+json`;
}

/** Key of a package's manifest, signed or not. Throws BUILDCACHE_NAME_INVALID for what would leave its folder. */
export function manifestKey({ name, version, hash }: BuildcacheName): string {
  const part = !namePattern.test(name)
    ? 'name'
    : !hashPattern.test(hash)
      ? 'hash'
      : version === ''
        ? 'version'
        : undefined;
  if (part !== undefined) throw spackError('BUILDCACHE_NAME_INVALID', { name, version, hash, part });
  return `${specManifestPrefix}${name}/${name}-${fileVersion(version)}-${hash}${SUFFIX}`;
}

/**
 * Returns the package of a manifest's key; undefined for any other key. The version is as in file names
 * (`fileVersion`), which differs from the package's only where that has characters such as `/` and `=`.
 */
export function parseManifestKey(key: string): BuildcacheName | undefined {
  if (!key.startsWith(specManifestPrefix) || !key.endsWith(SUFFIX)) return undefined;
  const [name = '', stem = '', ...more] = key.slice(specManifestPrefix.length, -SUFFIX.length).split('/');
  const hash = stem.slice(-32);
  const version = stem.slice(name.length + 1, -33);
  if (more.length > 0 || version === '' || stem !== `${name}-${version}-${hash}`) return undefined;
  return namePattern.test(name) && hashPattern.test(hash) ? { name, version, hash } : undefined;
}

/** A version in file names: versions from git, such as `git.a/b=1.2`, hold what a path must not. */
export function fileVersion(version: string): string {
  return version.replace(/[^A-Za-z0-9_+.-]/g, '_');
}

/** Key of a blob by the SHA-256 of its bytes. */
export function blobKey(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a SHA-256 in hexadecimal: ${sha256}`);
  return `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;
}

/** The digest that a blob's key names; undefined for any other key. */
export function parseBlobKey(key: string): string | undefined {
  const match = /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(key);
  return match?.[2]?.slice(0, 2) === match?.[1] ? match?.[2] : undefined;
}

/** Key of a named index (a mirror view of Spack 1.2). */
export function viewIndexManifestKey(view: string): string {
  return `v3/manifests/index/${view}/index.manifest.json`;
}

/** Key of a public key's manifest; the fingerprint is 40 upper-case hexadecimal digits. */
export function keyManifestKey(fingerprint: string): string {
  return `v3/manifests/key/${fingerprint}.key.manifest.json`;
}
