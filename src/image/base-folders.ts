import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import { layerDecompressor } from '../oci/index.ts';
import type { Blob } from '../oci/index.ts';

/** What stands at a path of the base image. */
export interface BasePath {
  readonly kind: 'folder' | 'link' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Of links. */
  readonly target?: string;
}

/**
 * What the base has at some paths (without a slash at either end), after all of its layers. A package's tarball says
 * that each parent folder of its prefix is root's with mode 0755; the last layer restores what the base said.
 */
export async function readBasePaths(
  layers: readonly Blob[],
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, BasePath>> {
  const found = new Map<string, BasePath>();
  if (wanted.size === 0) return found;
  for (const layer of layers) await readLayer(layer, wanted, found);
  return found;
}

/** The folders above a path: `opt/a/b` gives `opt`, `opt/a`. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}

async function readLayer(layer: Blob, wanted: ReadonlySet<string>, found: Map<string, BasePath>): Promise<void> {
  const extractor = extract();
  const feeding = pipeline(await layer.open(), layerDecompressor(layer.descriptor), extractor);
  // Seen by the loop below or by the await after it, whichever comes first.
  feeding.catch(() => undefined);
  const here = new Map<string, BasePath>();
  for await (const entry of extractor) {
    const name = entry.header.name.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
    applyWhiteout(name, found);
    if (wanted.has(name)) here.set(name, describe(entry.header));
    entry.resume();
  }
  await feeding;
  for (const [name, path] of here) found.set(name, path);
}

/** OCI image-spec, "Whiteouts": they hide what lower layers hold, and nothing of their own layer. */
function applyWhiteout(name: string, found: Map<string, BasePath>): void {
  const match = /^(?:(.*)\/)?\.wh\.([^/]+)$/.exec(name);
  if (match === null) return;
  const [, folder, hidden] = match;
  const isOpaque = hidden === '.wh..opq';
  const gone = isOpaque ? folder : [folder, hidden].filter((part) => part !== undefined).join('/');
  for (const path of found.keys()) {
    if (path.startsWith(`${gone}/`) || (path === gone && !isOpaque)) found.delete(path);
  }
}

function describe({ type, mode, uid, gid, mtime, linkname }: Header): BasePath {
  const kind = type === 'directory' ? 'folder' : type === 'symlink' ? 'link' : 'other';
  const seconds = Math.floor((mtime?.getTime() ?? 0) / 1000);
  return {
    kind,
    mode: mode & 0o7777,
    uid,
    gid,
    mtime: seconds,
    ...(kind === 'link' ? { target: linkname ?? '' } : {}),
  };
}
