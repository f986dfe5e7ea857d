/** What a job may do at the gateway; made when the job starts, gone when it ends. */
export interface Grant {
  /** Id of the job, for the log. */
  readonly job: string;
  readonly bucket: string;
  /** Mirror roots that the job may read: `''` for the protected one, `pr/7/` for a pull request's. */
  readonly readPrefixes: readonly string[];
  /** The mirror root that the job may push to; undefined: none. */
  readonly writePrefix: string | undefined;
  /** Hash of the one package that the job may push the manifest of. */
  readonly hash: string | undefined;
}

export type GatewayAction = 'read' | 'list' | 'write' | 'delete';

export type AccessDecision =
  | { readonly allow: true; readonly kind: 'read' | 'manifest' | 'spec file' | 'tarball' | 'build number' }
  | { readonly allow: true; readonly kind: 'blob'; readonly sha256: string }
  | { readonly allow: false; readonly reason: string };

const READABLE = new Set(['v3', 'blobs', 'locks', 'snapshots', 'build_cache']);
const BLOB = /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/;
// Layout v2: the tarball three folders deep, the spec file (unsigned) beside the folders.
const TARBALL = /^build_cache\/(?:[\w.+~@=-]+\/){3}[\w.+~@=-]+-([a-z2-7]{32})\.spack$/;
const SPEC_FILE = /^build_cache\/[\w.+~@=-]+-([a-z2-7]{32})\.spec\.json$/;
// What Spack up to 0.17 keeps beside a package: CDash's number of its build.
const BUILD_NUMBER = /^build_cache\/[\w.+~@=-]+-([a-z2-7]{32})\.cdashid$/;
const MANIFEST = /^v3\/manifests\/spec\/([\w.-]+)\/\1-([^/]+)-([a-z2-7]{32})\.spec\.manifest\.json$/;

/**
 * Whether a job may do something with a key (for `list`: with all keys that begin so). What is not allowed is refused:
 * below a readable root only a mirror's own folders, so that the protected root does not open `pr/…`; of writing only
 * blobs and the files of the job's own package. Nobody writes an index, a key or a layout. Nobody deletes either: where
 * it is allowed the job is told that the object is gone, and it stays.
 */
export function decideAccess(grant: Grant, action: GatewayAction, key: string): AccessDecision {
  if (!isPlain(key, action)) return refuse(`The key \`${key}\` is not a plain path`);
  if (action === 'write') return decideWrite(grant, key);
  if (action === 'delete') return decideDelete(grant, key);
  const isOpen = action === 'list' ? isListable(grant, key) : isReadable(grant, key);
  return isOpen ? { allow: true, kind: 'read' } : refuse(`\`${key}\` is not in a mirror that this job may read`);
}

/** The part of a mirror's root that anybody may read who may read the mirror. */
function isMirrorPath(path: string): boolean {
  const slash = path.indexOf('/');
  return slash > 0 && READABLE.has(path.slice(0, slash));
}

function decideWrite({ writePrefix, hash }: Grant, key: string): AccessDecision {
  if (writePrefix === undefined) return refuse('This job may not write');
  if (!key.startsWith(writePrefix))
    return refuse(`\`${key}\` is not below \`${writePrefix}\`, where this job may write`);
  const path = key.slice(writePrefix.length);
  const [, folder, sha256 = ''] = BLOB.exec(path) ?? [];
  if (folder !== undefined && sha256.startsWith(folder)) return { allow: true, kind: 'blob', sha256 };
  const found = packageFile(path);
  if (found === undefined) return refuse(`\`${key}\` is neither a blob nor the manifest of a package`);
  if (found.hash !== hash)
    return refuse(`\`${key}\` is not the ${found.kind} of this job's package (${hash ?? 'it has none'})`);
  return { allow: true, kind: found.kind };
}

/** Before it pushes anew, Spack 0.23 takes away the signed spec file too, which no job may write. */
function decideDelete(grant: Grant, key: string): AccessDecision {
  const decision = decideWrite(grant, key.replace(/(?<=\.spec\.json)\.sig$/, ''));
  return decision.allow ? decision : refuse('Nothing is ever deleted through the gateway');
}

/** What a file of an entry is, and whose. */
function packageFile(
  path: string,
): { kind: 'manifest' | 'spec file' | 'tarball' | 'build number'; hash: string } | undefined {
  const manifest = MANIFEST.exec(path)?.[3];
  if (manifest !== undefined) return { kind: 'manifest', hash: manifest };
  const tarball = TARBALL.exec(path)?.[1];
  if (tarball !== undefined)
    return path.split('/').every((part) => !/^\.+$/.test(part)) ? { kind: 'tarball', hash: tarball } : undefined;
  const buildNumber = BUILD_NUMBER.exec(path)?.[1];
  if (buildNumber !== undefined) return { kind: 'build number', hash: buildNumber };
  const specFile = SPEC_FILE.exec(path)?.[1];
  return specFile === undefined ? undefined : { kind: 'spec file', hash: specFile };
}

function isReadable({ readPrefixes }: Grant, key: string): boolean {
  return readPrefixes.some((prefix) => key.startsWith(prefix) && isMirrorPath(key.slice(prefix.length)));
}

/** A whole readable root may be listed, too: the answer then leaves out what the job may not read. */
function isListable(grant: Grant, prefix: string): boolean {
  const isRoot = grant.readPrefixes.some((root) => prefix === root || `${prefix}/` === root);
  return isRoot || isReadable(grant, prefix) || isReadable(grant, `${prefix}/`);
}

function isPlain(key: string, action: GatewayAction): boolean {
  // oxlint-disable-next-line no-control-regex
  if (key.length > 1024 || /[\u0000-\u001f\u007f\\]/.test(key)) return false;
  const parts = key.split('/');
  const named = action === 'list' && parts.at(-1) === '' ? parts.slice(0, -1) : parts;
  return named.every((part) => part !== '' && part !== '.' && part !== '..');
}

function refuse(reason: string): AccessDecision {
  return { allow: false, reason };
}
