import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Extract, type Pack } from 'tar-stream';
import { layerDecompressor, type Blob } from '../../oci/index.ts';
import { TarBody, tarEnd } from './tar-body.ts';

interface EntryAttributes {
  /** Without a slash at either end. */
  readonly path: string;
  /** By default 0644, of folders 0755, of links 0777. */
  readonly mode?: number;
  /** By default root. */
  readonly uid?: number;
  readonly gid?: number;
}

/** An entry of a layer that is read. */
export type TarEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

/** An entry of a layer that is made here. */
export type LayerEntry = EntryAttributes &
  (
    | { readonly kind: 'file'; readonly content: string | Uint8Array }
    /** A copy of a file of this machine. */
    | { readonly kind: 'copy'; readonly source: string }
    /** `mtime`: seconds since 1970. */
    | { readonly kind: 'folder'; readonly mtime?: number }
    | { readonly kind: 'link' | 'hard'; readonly target: string }
  );

/** Writes entries as a tar, in the order in which they come. Times are 0, but for folders that have one. */
export function layerTar(entries: Iterable<LayerEntry> | AsyncIterable<LayerEntry>): AsyncGenerator<Uint8Array> {
  return packed(async (archive) => {
    for await (const entry of entries) await add(archive, entry);
  });
}

/**
 * Writes the entries of several layers as one tar; their bytes are as they were. A path that several of them have
 * (folders, and files by a rule for clashes) comes once, from the last: it would be above the others in layers of their
 * own.
 */
export async function* joinedTar(layers: readonly Blob[]): AsyncGenerator<Uint8Array> {
  const seen = new Set<string>();
  for (const layer of layers.toReversed()) {
    const body = new TarBody(seen);
    const feeding = pipeline([await layer.open(), layerDecompressor(layer.descriptor), body]);
    // Seen by the loop below or by the await after it, whichever comes first.
    feeding.catch(() => undefined);
    yield* body as AsyncIterable<Uint8Array>;
    await feeding;
  }
  yield tarEnd;
}

/** Reads the entries of a layer in order. The body of an entry can be read until the next entry is requested. */
export async function* layerEntries(layer: Blob, meter: readonly Transform[] = []): AsyncGenerator<TarEntry> {
  const extractor = extract();
  const feeding = pipeline([await layer.open(), layerDecompressor(layer.descriptor), ...meter, extractor]);
  // Seen by the loop below or by the await after it, whichever comes first.
  feeding.catch(() => undefined);
  for await (const entry of extractor) {
    yield entry;
    entry.resume();
  }
  await feeding;
}

export function isFile({ header: { type } }: TarEntry): boolean {
  return type === 'file' || type === 'contiguous-file';
}

/** The path that a tar's name stands for, without slashes at either end. */
export function plainPath(name: string): string {
  return name.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
}

async function* packed(fill: (archive: Pack) => Promise<void>): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const filling = fill(archive).then(() => archive.finalize());
  filling.catch((error: Error) => archive.destroy(error));
  yield* archive as AsyncIterable<Uint8Array>;
  await filling;
}

async function add(archive: Pack, entry: LayerEntry): Promise<void> {
  const { path: name, mode, uid, gid } = entry;
  const header = { name, mode, uid, gid, mtime: new Date(0) };
  if (entry.kind === 'copy') {
    const { size } = await lstat(entry.source);
    await pipeline(createReadStream(entry.source), archive.entry({ ...header, size }));
  } else if (entry.kind === 'file') archive.entry(header, Buffer.from(entry.content as string));
  else if (entry.kind === 'folder')
    archive.entry({ ...header, type: 'directory', mtime: new Date((entry.mtime ?? 0) * 1000) });
  else if (entry.kind === 'hard') archive.entry({ ...header, type: 'link', linkname: entry.target });
  else archive.entry({ ...header, type: 'symlink', mode: 0o777, linkname: entry.target });
}
