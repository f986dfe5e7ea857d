import type { MirrorGrant } from '../../coordinator/index.ts';
export type GatewayAction = 'read' | 'list' | 'write' | 'delete';

export type AccessDecision =
  | { readonly allow: true; readonly kind: 'read' | FileKind }
  | { readonly allow: true; readonly kind: 'blob'; readonly sha256: string }
  | { readonly allow: false; readonly reason: string };

const READABLE = new Set(['v3', 'blobs', 'locks', 'snapshots', 'build_cache']);
const BLOB = /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/;
const PACKAGE_FILES = [
  ['manifest', /^v3\/manifests\/spec\/([\w.-]+)\/\1-[^/]+-(?<hash>[a-z2-7]{32})\.spec\.manifest\.json$/],
  // Layout v2: the tarball three folders deep, the spec file (unsigned) beside the folders.
  ['tarball', /^build_cache\/(?:[\w.+~@=-]+\/){3}[\w.+~@=-]+-(?<hash>[a-z2-7]{32})\.spack$/],
  ['spec file', /^build_cache\/[\w.+~@=-]+-(?<hash>[a-z2-7]{32})\.spec\.json$/],
  // CDash's number of the package's build.
  ['build number', /^build_cache\/[\w.+~@=-]+-(?<hash>[a-z2-7]{32})\.cdashid$/],
] as const;
/** What `spack buildcache update-index --keys` writes, in layouts v2 and v3. */
const INDEX_FILE =
  /^(?:build_cache\/(?:index\.json(?:\.hash)?|_pgp\/[\w.-]+)|v3\/(?:layout\.json|manifests\/(?:index|key)\/[\w.-]+))$/;

type FileKind = (typeof PACKAGE_FILES)[number][0] | 'index';

/**
 * Decides whether a job may do something with a key (for `list`: with all keys of a prefix). A job may read the folders
 * of a mirror below its readable roots, so that the protected root does not open `pr/…`. It may write blobs and the
 * files of its own package, and nothing else. An allowed deletion is answered and not done, and so is an update of the
 * index, which the server keeps.
 */
export function decideAccess(grant: MirrorGrant, action: GatewayAction, key: string): AccessDecision {
  if (!isPlain(key, action)) return refuse(`The key \`${key}\` is not a plain path`);
  if (action === 'write') return decideWrite(grant, key);
  if (action === 'delete') return decideDelete(grant, key);
  const isOpen = action === 'list' ? isListable(grant, key) : isReadable(grant.readPrefixes, key);
  return isOpen ? { allow: true, kind: 'read' } : refuse(`\`${key}\` is not in a mirror that this job may read`);
}

/** Whether a path below a root is part of a mirror. */
function isMirrorPath(path: string): boolean {
  const slash = path.indexOf('/');
  return slash > 0 && READABLE.has(path.slice(0, slash));
}

function decideWrite(grant: MirrorGrant, key: string): AccessDecision {
  const { writePrefix, hashes } = grant;
  if (isOfIndex(grant, key)) return { allow: true, kind: 'index' };
  if (writePrefix === undefined) return refuse('This job may not write');
  if (!key.startsWith(writePrefix))
    return refuse(`\`${key}\` is not below \`${writePrefix}\`, where this job may write`);
  const path = key.slice(writePrefix.length);
  const [, folder, sha256 = ''] = BLOB.exec(path) ?? [];
  if (folder !== undefined && sha256.startsWith(folder)) return { allow: true, kind: 'blob', sha256 };
  const found = packageFile(path);
  if (found === undefined) return refuse(`\`${key}\` is neither a blob nor the manifest of a package`);
  if (!hashes.has(found.hash)) {
    const [only = 'it has none', ...others] = hashes;
    const allowed = others.length === 0 ? `this job's package (${only})` : `a package of this job's lock`;
    return refuse(`\`${key}\` is not the ${found.kind} of ${allowed}`);
  }
  return { allow: true, kind: found.kind };
}

/** A job without a package also sends the blobs of an index. */
function isOfIndex({ indexRoot, writePrefix }: MirrorGrant, key: string): boolean {
  if (indexRoot === undefined || !key.startsWith(indexRoot)) return false;
  const path = key.slice(indexRoot.length);
  return INDEX_FILE.test(path) || (writePrefix === undefined && BLOB.test(path));
}

/** Spack 0.23 also deletes the signed spec file before it pushes again, which no job may write. */
function decideDelete(grant: MirrorGrant, key: string): AccessDecision {
  const decision = decideWrite(grant, key.replace(/(?<=\.spec\.json)\.sig$/, ''));
  return decision.allow && decision.kind !== 'index' ? decision : refuse('Nothing is ever deleted through the gateway');
}

/** Returns the kind of a package's file, and the hash of its package. */
function packageFile(path: string): { kind: FileKind; hash: string } | undefined {
  for (const [kind, pattern] of PACKAGE_FILES) {
    const hash = pattern.exec(path)?.groups?.['hash'];
    if (hash !== undefined && path.split('/').every((part) => !/^\.+$/.test(part))) return { kind, hash };
  }
  return undefined;
}

/** Whether a key is a plain path of a mirror below one of these roots. */
export function isReadable(roots: readonly string[], key: string): boolean {
  return isPlain(key, 'read') && isInMirror(roots, key);
}

function isInMirror(roots: readonly string[], path: string): boolean {
  return roots.some((root) => path.startsWith(root) && isMirrorPath(path.slice(root.length)));
}

/** A whole readable root may be listed, too: the answer then omits what the job may not read. */
function isListable({ readPrefixes }: MirrorGrant, prefix: string): boolean {
  const isRoot = readPrefixes.some((root) => prefix === root || `${prefix}/` === root);
  return isRoot || isInMirror(readPrefixes, prefix) || isInMirror(readPrefixes, `${prefix}/`);
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
