import { messageOf } from '../../kit/index.ts';
import { spackError } from '../errors.ts';
import type { SpecDocument } from '../lock/node.ts';
import { architectureText, compilerOf } from '../lock/node-text.ts';
import { pythonJsonLines } from '../lock/python-json.ts';
import { fileVersion } from './buildcache.ts';

/** Names of a build cache of layout v2 (Spack 0.19 to 0.23; read by 1.x). Keys are relative to the mirror's root. */
export const v2Folder = 'build_cache/';
export const v2IndexKey = 'build_cache/index.json';
/** SHA-256 of the index's text, 64 hexadecimal digits. */
export const v2IndexHashKey = 'build_cache/index.json.hash';
export const v2KeysKey = 'build_cache/_pgp/index.json';

export function v2KeyKey(fingerprint: string): string {
  return `build_cache/_pgp/${fingerprint}.pub`;
}

/** Key of a package's spec file. One that is signed has another name, and Spack looks for that one first. */
export function v2SpecKey(nodes: SpecDocument['nodes'], kind: 'signed' | 'plain'): string {
  return `${v2Folder}${stemOf(nodes)}.spec.json${kind === 'signed' ? '.sig' : ''}`;
}

/** Key of a package's tarball. */
export function v2TarballKey(nodes: SpecDocument['nodes']): string {
  const [node] = nodes;
  const folder = [architectureText(node), compilerText(nodes), `${node.name}-${node.version}`];
  return `${v2Folder}${folder.map(fileVersion).join('/')}/${stemOf(nodes)}.spack`;
}

/** Returns the DAG hash and the kind in a spec file's key; undefined for any other key. */
export function parseV2SpecKey(key: string): { hash: string; kind: 'signed' | 'plain' } | undefined {
  const match = /^build_cache\/[^/]+-([a-z2-7]{32})\.spec\.json(\.sig)?$/.exec(key);
  if (match === null) return undefined;
  return { hash: match[1] as string, kind: match[2] === undefined ? 'plain' : 'signed' };
}

/** The spec file of a package as Spack 0.23 writes it: every token on a line of its own, no newline at the end. */
export function formatV2SpecFile(document: SpecDocument, tarball: string): string {
  return pythonJsonLines({
    spec: { _meta: { version: document.version }, nodes: document.nodes },
    buildcache_layout_version: 2,
    binary_cache_checksum: { hash_algorithm: 'sha256', hash: tarball },
  });
}

/** The SHA-256 of the tarball that such a file names. Throws BUILDCACHE_MANIFEST_INVALID. */
export function v2Checksum(text: string): string {
  try {
    const { binary_cache_checksum: checksum } = JSON.parse(text) as {
      binary_cache_checksum?: { hash_algorithm?: unknown; hash?: unknown };
    };
    const { hash_algorithm: algorithm, hash } = checksum ?? {};
    if (algorithm === 'sha256' && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) return hash;
  } catch (error) {
    throw spackError('BUILDCACHE_MANIFEST_INVALID', { fault: messageOf(error) }, { cause: error });
  }
  throw spackError('BUILDCACHE_MANIFEST_INVALID', { fault: '`binary_cache_checksum` is no SHA-256' });
}

function stemOf(nodes: SpecDocument['nodes']): string {
  const [node] = nodes;
  const { name, version, hash } = node;
  return fileVersion(`${architectureText(node)}-${compilerText(nodes)}-${name}-${version}-${hash}`);
}

function compilerText([node, ...others]: SpecDocument['nodes']): string {
  const { name = 'none', version = 'none' } = compilerOf(node, new Map(others.map((one) => [one.hash, one]))) ?? {};
  return `${name}-${version}`;
}
